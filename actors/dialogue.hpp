#pragma once

#include "actors/event_teller.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <memory>
#include <string_view>

namespace tandem {

class circuit_breakers;
class http_client;
class loop;

/// Spawns the actor that takes a call's turns and asks its agent; it listens from `begin_dialogue` on.
/// Whoever watches is told what is said; an agent that needs a server has `http`, and `breakers` to know
/// which are down. With a `value` it goes on where the dialogue that gave it was, under that one's rules; a
/// value that cannot be read ends the actor at once, and an agent that cannot take up what is in it begins
/// anew. With `tells_changes` its call hears `talk_changed` when a next owner would miss something: soon, a
/// few times a second at most, and at once when a turn is over.
dialogue_actor spawn_dialogue(loop& home, const call_actor& call,
                              std::shared_ptr<const call_settings> settings, metrics& measure,
                              http_client* http = nullptr, const event_teller& watchers = {},
                              std::string_view value = {}, circuit_breakers* breakers = nullptr,
                              bool tells_changes = false);

}  // namespace tandem
