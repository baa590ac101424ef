#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace tandem {

class loop;

/// What a node may carry.
struct node_limits {
  std::uint32_t max_calls = 200;
  /// What a refused stream is told to wait.
  std::uint32_t retry_after_seconds = 5;
};

/// Spawns the actor that owns this process' calls on `home`; it places them on `loops`.
node_actor spawn_node(loop& home, std::vector<loop*> loops, const node_limits& limits,
                      std::shared_ptr<const call_settings> settings, const services& shared);

}  // namespace tandem
