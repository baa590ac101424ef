#pragma once

#include "actors/cluster/address_book.hpp"
#include "actors/cluster/cluster.hpp"
#include "actors/cluster/peer_network.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/cluster/membership.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include <caf/typed_response_promise.hpp>

namespace tandem {

/// A node that is connected.
struct connected_node {
  cluster_front front;
  node_contact contact;
};

struct cluster_state;
using cluster_pointer = pinned_actor<actor_kind::cluster, cluster_actor, cluster_state>*;

/// What the actor that knows the other nodes keeps of them.
struct cluster_state {
  cluster_pointer self = nullptr;
  cluster_settings how;
  node_actor node;
  peer_network* network = nullptr;
  metrics* measure = nullptr;
  cluster::membership members{{}, {}};
  address_book book{{}, 0};
  std::map<cluster::member, connected_node> connected;
  std::map<caf::actor_addr, cluster::member> monitored;
  std::map<cluster::address, std::unique_ptr<network_attempt>> reaching;
  std::map<cluster::address, std::unique_ptr<network_attempt>> looking_up;
  std::vector<cluster_watcher> watchers;
  /// Those of whom the watchers know.
  std::set<cluster::member> told;
  /// Where this node can be had; nothing before it takes part.
  std::optional<node_contact> contact;
  node_description own;
  moment described{};
  bool asks_node = false;
  std::uint64_t sequence = 0;
  timer next_beat;
  bool leaving = false;
  std::size_t goodbyes = 0;
  std::vector<caf::typed_response_promise<cluster_left>> awaiting_leave;

  static inline const char* name = "cluster";

  moment now() const { return self->home().now(); }
  void begin(const begin_cluster& command);
  void beat_after(std::chrono::milliseconds wait);
  void beat();
  void ask_node();
  cluster::node_state own_state() const {
    return leaving || own.outlook == refusal::draining ? cluster::node_state::draining
                                                       : cluster::node_state::alive;
  }
  cluster::report describe() const;
  void show();

  // Finding nodes.
  void look_around();
  void on_reached(const cluster::address& where, tl::expected<cluster_front, std::string> found);
  void on_answer(const cluster::address& where, const cluster_front& front, greeting_ruling answer);
  void on_failure(const cluster::address& where, const std::string& why);
  void keep(const cluster::member& who, const cluster_front& front, const node_contact& contact_there);
  void drop(const cluster::member& who);
  void on_down(const caf::down_msg& down);

  // What nodes say.
  greeting_ruling on_greeting(const greet_node& message);
  bool is_from(const cluster::member& who);
  void on_report(const node_report& message);
  void on_goodbye(const say_goodbye& message);

  // What is told of them.
  node_contact contact_of(const cluster::member& who) const;
  void tell(const std::vector<cluster::change>& changes);
  void log(const cluster::change& what) const;
  template <class Message>
  void tell_watchers(const Message& message) {
    for (const auto& each : watchers) self->send(each, message);
  }
  void watch(const watch_cluster& command);
  node_list list() const;
  caf::typed_response_promise<cluster_left> leave();
  void settle_leave();
};

}  // namespace tandem
