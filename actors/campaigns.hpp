#pragma once

#include "actors/messages.hpp"

#include <string>

namespace tandem {

class campaign_store;
class loop;

/// Spawns the actor that calls lists of numbers and knows who must not be called. It begins with
/// `begin_campaigns` and `store_caught_up`; the store must outlive it. `born` is the node's name and the
/// epoch of its start, as they begin the ids of calls.
campaigns_actor spawn_campaigns(loop& home, campaign_store& store, const records_actor& records,
                                const std::string& node, const std::string& epoch);

}  // namespace tandem
