#pragma once

#include "tests/lab/load/caller.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
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
  /// Heard nothing in reply for too long although nothing was wrong with their lines and providers.
  std::uint64_t unanswered = 0;
  std::uint64_t frames_up = 0;
  std::uint64_t frames_down = 0;
  /// What was done to calls, by place and kind, and to how many of them.
  std::map<std::string, std::map<std::string, std::uint64_t>> done;
  /// In words, of at most so many calls.
  std::vector<std::string> faults;

  static constexpr std::size_t most_faults = 20;
  /// Frames that a caller waits for a sound, at most, once Scribe has told their words: an agent's time, its
  /// apology, and what a busy machine delays.
  static constexpr std::uint32_t longest_wait = 500;

  /// Judges a call that has ended a while ago, so that what was on its way has arrived.
  void add(const call_result& call);

  /// Complains when fewer calls have ended.
  void require_ended(std::uint64_t least);

  /// Complains of callers who were left in silence, unless there were killed actors enough to be the reason.
  void judge_silence(std::uint64_t killed);

  /// Complains when answers of the model are still read although all calls are over.
  void require_closed(std::size_t open_answers);

  void complain(std::string what);

 private:
  void note_done(const call_facts& facts);

  std::vector<std::string> silences_;
};

}  // namespace tandem::lab
