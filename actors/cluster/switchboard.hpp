#pragma once

#include "actors/messages.hpp"
#include "protocols/cluster/lease.hpp"

#include <atomic>
#include <memory>
#include <string>

namespace tandem {

class admission;
class lease_store;
class loop;

/// How a node's switchboard works.
struct switchboard_settings {
  leases::lease_rules rules;
  /// The node's name as it stands in call ids, and where other nodes reach it.
  leases::join self;
  cluster::member who;
  /// Whether the node is a member of the cluster now; set by the switchboard, read on any thread.
  std::shared_ptr<std::atomic<bool>> member;
  /// Whether the process that had this name before is known to have ended: its calls are then taken over at
  /// once.
  bool alone = false;
};

/// Spawns the actor that knows whose each call is: it keeps the leases of this node's calls in `store`, takes
/// what reached the wrong node to the right one, spreads new calls over the nodes, and moves calls between
/// them. It begins with `begin_switchboard`, and has to watch the cluster.
switchboard_actor spawn_switchboard(loop& home, const switchboard_settings& settings, lease_store& store,
                                    std::shared_ptr<admission> door, const events_actor& events,
                                    metrics& measure);

}  // namespace tandem
