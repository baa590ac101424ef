#pragma once

#include "tests/lab/cluster/watched_call.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace tandem::lab {

/// That a call went from one node to another, as its caller noticed it.
struct call_move {
  std::uint32_t call = 0;
  std::string from;
  std::string to;
  /// Whether the agent was cut off in a reply that went on there.
  bool talking = false;
  /// Of a reply: from the last sound heard to the next one; otherwise how long the caller had no stream.
  std::chrono::milliseconds gap{0};
};

/// The moves of a call since that moment, in order. A node that was lost at `lost` had no stream from then
/// on, whatever the carrier believed.
std::vector<call_move> moves_of(watched_call& call, moment since, std::optional<moment> lost);

/// The gap that this share (0 … 1) of moves does not exceed; 0 when there are none.
std::chrono::milliseconds gap_at(const std::vector<call_move>& moves, double share);

}  // namespace tandem::lab
