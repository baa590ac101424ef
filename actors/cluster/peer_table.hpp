#pragma once

#include "actors/messages.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_addr.hpp>

namespace tandem {

/// Another node that is alive, as the switchboard knows it.
struct peer_node {
  cluster::member who;
  node_contact contact;
  /// Its life as the store numbers it; nothing before it has asked for a promise.
  std::optional<leases::node_id> life;
  cluster::report last;
  /// When that came; nothing when none has.
  std::optional<moment> heard;
  /// Calls that went there since.
  std::uint32_t sent = 0;

  /// Which part of its places is taken, as far as is known.
  double load() const {
    return last.max_calls == 0 ? 1 : static_cast<double>(last.calls + sent) / last.max_calls;
  }
};

/// The other nodes that are alive, and which of them a call goes to.
class peer_table {
 public:
  /// Names of nodes that have said no already.
  using names = std::set<std::string, std::less<>>;

  peer_table() = default;
  /// A node takes calls as long as its report is younger than `timeout`.
  peer_table(std::string own_name, std::chrono::milliseconds timeout, std::uint32_t seed)
      : own_name_(std::move(own_name)), timeout_(timeout), random_(seed) {}

  /// A node is there, or is somewhere else.
  peer_node& join(const node_joined& event);
  /// It is not any more; gives what was known of it.
  std::optional<peer_node> leave(const cluster::member& who);
  void hear(const cluster::report& said, moment now);

  // Nothing when there is none, or it cannot be reached. Pointers hold until a node joins or leaves.
  peer_node* find(const cluster::member& who);
  peer_node* named(std::string_view name);
  /// Who has this life; whoever has the name when its life is not known yet.
  peer_node* living(const leases::node_id& life);
  /// Who sends from this address.
  peer_node* at(const caf::actor_addr& sender);

  /// Whether its last report is so new that it was alive just now.
  bool is_heard(const peer_node& peer, moment now) const {
    return peer.heard && now - *peer.heard <= timeout_ / 2;
  }

  /// Whom a new call goes to: of two at random that take calls, this node among them unless it has no load,
  /// the one with less to do, and of equals this one. Nothing = this one.
  peer_node* choose(std::optional<double> own_load, const names& refused, moment now);

  /// Who takes calls and has the most room.
  peer_node* calmest(const names& refused, moment now);

  /// Who keeps copies for this node: the next by name, rather one that does not drain.
  peer_node* next_by_name();

  const std::map<cluster::member, peer_node>& all() const { return peers_; }

 private:
  std::vector<peer_node*> takers(const names& refused, moment now);

  std::string own_name_;
  std::chrono::milliseconds timeout_{1000};
  std::minstd_rand random_;
  std::map<cluster::member, peer_node> peers_;
  std::map<caf::actor_addr, cluster::member> senders_;
};

}  // namespace tandem
