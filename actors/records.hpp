#pragma once

#include "actors/call_store.hpp"
#include "actors/messages.hpp"

#include <memory>

namespace tandem {

class loop;

/// Spawns the actor that remembers calls and turns.
records_actor spawn_records(loop& home, std::unique_ptr<call_store> store);

}  // namespace tandem
