#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace tandem {

class http_client;
class loop;

/// How commands are sent.
struct carrier_policy {
  /// A command that may be lost is sent at most so often, always with the same `command_id`.
  unsigned tries = 4;
  std::chrono::milliseconds timeout{2000};
  /// Before the second try; doubles for each further one.
  std::chrono::milliseconds pause{250};
  /// From the command to its outcome, however often the carrier says to wait.
  std::chrono::milliseconds deadline{14000};
  /// The longest that the carrier's rate limit holds everything back.
  std::chrono::milliseconds longest_hold{10000};
  /// Requests on the wire at once; the others wait for their turn.
  std::size_t at_once = 64;
  /// Commands that wait or are under way; beyond it they fail right away.
  std::size_t bound = 2000;
  /// Rejects among them. They wait behind all others, so that a rush of callers delays nobody on the line.
  std::size_t rejects = 500;
};

/// Spawns the actor that sends Call Control commands.
carrier_actor spawn_carrier(loop& home, const carrier_settings& settings, http_client& http,
                            const carrier_policy& policy = {});

}  // namespace tandem
