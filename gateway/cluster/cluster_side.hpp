#pragma once

#include "actors/cluster/cluster.hpp"
#include "actors/messages.hpp"
#include "gateway/settings/settings.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/fwd.hpp>

namespace tandem {

class asio_loop;
class peer_network;

/// Every setting that has to be the same on all nodes, with a digest under `server.secret` that shows neither
/// the secret nor a password.
std::vector<std::pair<std::string, std::string>> cluster_terms(const settings& values);

/// How this start of the node takes part; `epoch` in decimal digits.
cluster_settings make_cluster_settings(const settings& values, const std::string& node,
                                       const std::string& epoch, const std::string& version);

/// The side of the engine that other nodes reach. It has a loop of its own, so that a node which is busy with
/// calls does not look dead.
class cluster_side {
 public:
  /// `index` is the loop's number; the actor is there from now on.
  cluster_side(caf::actor_system& system, std::size_t index, const cluster_settings& how, node_actor node,
               metrics& measure);
  /// Every actor of the system must have ended.
  ~cluster_side();
  cluster_side(const cluster_side&) = delete;

  const cluster_actor& handle() const { return actor_; }

  /// Lets other nodes in at `cluster.listen`, and looks for them; the address with its port, or throws
  /// std::runtime_error.
  std::string listen(const std::string& where);

  /// Says goodbye to the other nodes; waits for them, two seconds at most.
  void leave();

  /// Ends the actors; waits for the one that others see.
  void end();

 private:
  caf::actor_system& system_;
  std::unique_ptr<asio_loop> loop_;
  std::unique_ptr<peer_network> network_;
  cluster_actor actor_;
};

}  // namespace tandem
