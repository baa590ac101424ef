#pragma once

#include "actors/cluster/cluster.hpp"
#include "actors/cluster/switchboard.hpp"
#include "actors/messages.hpp"
#include "gateway/cluster/node_address.hpp"
#include "gateway/settings/settings.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/fwd.hpp>

namespace tandem {

class admission;
class asio_loop;
class lease_store;
class peer_network;

/// Every setting that has to be the same on all nodes, with a digest under `server.secret` that shows neither
/// the secret nor a password.
std::vector<std::pair<std::string, std::string>> cluster_terms(const settings& values);

/// How this start of the node takes part; `epoch` in decimal digits.
cluster_settings make_cluster_settings(const settings& values, const std::string& node,
                                       const std::string& epoch, const std::string& version);

/// The switchboard's part of it.
switchboard_settings make_switchboard_settings(const settings& values, const std::string& node,
                                               const std::string& epoch,
                                               std::shared_ptr<std::atomic<bool>> member);

/// The side of the engine that other nodes reach. It has a loop of its own, so that a node which is busy with
/// calls does not look dead.
class cluster_side {
 public:
  /// `index` is the loop's number; the switchboard is there from now on.
  cluster_side(caf::actor_system& system, std::size_t index, const switchboard_settings& how,
               lease_store& store, std::shared_ptr<admission> door, const events_actor& events,
               metrics& measure);
  /// Every actor of the system must have ended.
  ~cluster_side();
  cluster_side(const cluster_side&) = delete;

  const switchboard_actor& switchboard() const { return switchboard_; }

  /// Spawns the actor that knows the other nodes.
  void add_cluster(const cluster_settings& how, node_actor node, metrics& measure);

  /// None before `add_cluster`.
  const cluster_actor& handle() const { return actor_; }

  /// Lets other nodes in at `cluster.listen`, and looks for them; the node's calls are shared from now on.
  /// The address with its port, or throws std::runtime_error.
  std::string join(const std::string& listen, const node_address& reached, node_actor node,
                   const event_source& events);

  /// Ends the node's epoch and says goodbye to the other nodes; waits for both, five seconds at most.
  void leave();

  /// Ends the actors; waits for those that others see.
  void end();

 private:
  caf::actor_system& system_;
  std::unique_ptr<asio_loop> loop_;
  std::unique_ptr<peer_network> network_;
  switchboard_actor switchboard_;
  cluster_actor actor_;
};

}  // namespace tandem
