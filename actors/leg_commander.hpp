#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/loop.hpp"

#include <chrono>
#include <functional>

namespace tandem {

/// What sends commands and waits for those who watch over legs.
class leg_commander {
 public:
  virtual ~leg_commander() = default;

  /// Sends a command of Call Control; `done` gets what became of it, unless the commander ends first.
  virtual void send_command(carrier_command command, std::function<void(const command_outcome&)> done) = 0;

  /// Calls back after so long.
  virtual timer after(std::chrono::nanoseconds wait, std::function<void()> call) = 0;

  virtual moment now() const = 0;
};

}  // namespace tandem
