#pragma once

#include <chrono>

namespace tandem {

/// A point in time that only moves forward; protocols are told the time and never read a clock.
using moment = std::chrono::steady_clock::time_point;

}  // namespace tandem
