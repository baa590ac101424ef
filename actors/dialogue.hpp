#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

namespace tandem {

class loop;

/// Spawns the actor that takes a call's turns and asks its agent; it listens from `begin_dialogue` on.
dialogue_actor spawn_dialogue(loop& home, const call_actor& call, const call_settings& settings,
                              metrics& measure);

}  // namespace tandem
