#pragma once

#include "tests/lab/load/statistics.hpp"

#include <cstdint>

namespace tandem::lab {

/// How long an engine's API took to answer.
struct api_figures {
  time_statistics list;
  time_statistics call;
  /// Answers other than 200, or none.
  std::uint64_t failures = 0;
};

}  // namespace tandem::lab
