#pragma once

#include "actors/messages.hpp"
#include "protocols/cluster/membership.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace tandem {

class loop;
class peer_network;

/// How a node takes part in its cluster.
struct cluster_settings {
  cluster::hello self;
  /// As `cluster.discovery` has it.
  std::vector<std::string> discovery;
  std::chrono::milliseconds heartbeat{250};
  std::chrono::milliseconds timeout{1000};
  /// Reads what this process uses; asked every heartbeat. Without it nothing is told of that.
  std::function<cluster::process_use()> measure_use{};
};

/// Spawns the actor that knows which other nodes there are: it looks for them, reports to them every
/// heartbeat how `node` is, and judges them by what they report. It begins with `begin_cluster`.
cluster_actor spawn_cluster(loop& home, const cluster_settings& settings, node_actor node,
                            peer_network& network, metrics& measure);

}  // namespace tandem
