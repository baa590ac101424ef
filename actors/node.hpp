#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <memory>
#include <vector>

namespace tandem {

class admission;
class loop;

/// Spawns the actor that owns this process' calls on `home`; it places those that `door` lets in on `loops`.
node_actor spawn_node(loop& home, std::vector<loop*> loops, std::shared_ptr<admission> door,
                      std::shared_ptr<const call_settings> settings, const services& shared);

}  // namespace tandem
