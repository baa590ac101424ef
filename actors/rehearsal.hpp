#pragma once

#include "actors/messages.hpp"

#include <chrono>

namespace tandem {

class http_client;
class loop;

/// A conversation without a call is over by then, whether the agent has answered or not.
inline constexpr std::chrono::seconds longest_rehearsal{9};

/// Spawns who holds one conversation without a call. Servers of models and of the operator's are asked as in
/// a call, but tools are not run, no keys are pressed and nothing is played; what a server fails at is not
/// held against it. It ends with its answer, or with whoever asked.
rehearsal_actor spawn_rehearsal(loop& home, http_client& http);

}  // namespace tandem
