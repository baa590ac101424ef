#pragma once

#include "tests/lab/load/caller.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::lab {

/// What the calls of a run came to.
struct judgement {
  std::uint64_t calls = 0;
  std::uint64_t undisturbed = 0;
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  /// Ended by the engine although nothing was wrong with them.
  std::uint64_t ended_by_engine = 0;
  /// Bytes that arrived other than they were sent, or at another call.
  std::uint64_t wrong_bytes = 0;
  /// Frames that should have arrived and did not, and that came twice.
  std::uint64_t missing_frames = 0;
  std::uint64_t repeated_frames = 0;
  std::uint64_t frames_up = 0;
  std::uint64_t frames_down = 0;
  /// In words, of at most so many calls.
  std::vector<std::string> faults;

  static constexpr std::size_t most_faults = 20;

  /// Judges a call that has ended a while ago, so that what was on its way has arrived.
  void add(const call_result& call);

  /// Complains when fewer calls have ended.
  void require_ended(std::uint64_t least);

  void complain(std::string what);
};

}  // namespace tandem::lab
