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
  /// A command is sent at most so often, always with the same `command_id`.
  unsigned tries = 4;
  std::chrono::milliseconds timeout{2000};
  /// Before the second try; doubles for each further one.
  std::chrono::milliseconds pause{250};
  /// Commands under way at once; beyond it they fail right away.
  std::size_t bound = 2000;
};

/// Spawns the actor that sends Call Control commands.
carrier_actor spawn_carrier(loop& home, const carrier_settings& settings, http_client& http,
                            const carrier_policy& policy = {});

}  // namespace tandem
