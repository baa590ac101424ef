#pragma once

#include "protocols/moment.hpp"
#include "tests/lab/load/call_plan.hpp"
#include "tests/lab/load/stream_check.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace tandem::lab {

/// What the ends of one call know of it; carrier and providers are on different threads.
struct call_facts {
  call_facts(const call_plan& what, const sound_book& book)
      : plan(what), upstream(book, what.number, &spoken), downstream(book, what.number) {}

  const call_plan plan;

  /// Scribe has told the caller's words, and nothing was heard in reply yet.
  std::atomic<bool> is_owed{false};

  std::mutex mutex;  // guards everything below
  /// What the caller said or is saying.
  spoken_frames spoken;
  /// At Scribe.
  stream_check upstream;
  std::uint32_t scribe_sessions = 0;
  std::uint32_t open_scribe_sessions = 0;
  /// Frames before this one are in a transcript.
  std::uint32_t committed = 0;
  /// A partial told the words since: an engine that must answer may make do with it.
  bool guessed = false;
  /// Frames that were in no transcript and that a new session was not sent.
  std::uint64_t not_replayed = 0;
  std::uint32_t transcripts = 0;
  /// When Scribe first told words since the caller began to interrupt.
  std::optional<moment> told_words;
  /// When it last told any.
  std::optional<moment> last_words;
  /// Whether the agent speaks first, which words that come late may cut off.
  bool is_greeted = false;
  bool scribe_failed = false;  // the planned fault has happened
  /// At the caller.
  stream_check downstream;
  /// Replies cut off while the caller spoke, and while nobody did.
  std::uint32_t asked_clears = 0;
  std::uint32_t unasked_clears = 0;
  /// Frames of replies that were synthesised, and sent.
  std::uint32_t reply_frames = 0;
  std::uint32_t reply_frames_sent = 0;
  bool speech_failed = false;
  bool line_failed = false;
  /// Questions to the model that it did wrong, and with which of the caller's turns that was.
  std::uint32_t model_faults = 0;
  std::uint32_t model_failed_in = 0;
  /// Of the turn under way: when its transcript was sent, how long its text took from there to the
  /// synthesiser, and when its first audio was sent; each until the next one is known.
  std::optional<moment> transcript_sent;
  std::optional<moment::duration> text_took;
  std::optional<moment> audio_sent;

  /// Whether Scribe got all that it will get of a call that is over.
  bool all_has_arrived() {
    std::lock_guard guard(mutex);
    return scribe_sessions > 0 && open_scribe_sessions == 0;
  }
};

/// The calls of a run, by number. Any thread.
class call_book {
 public:
  std::shared_ptr<call_facts> open(const call_plan& plan, const sound_book& book);
  std::shared_ptr<call_facts> find(std::uint32_t number) const;
  void close(std::uint32_t number);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint32_t, std::shared_ptr<call_facts>> calls_;
};

}  // namespace tandem::lab
