#pragma once

#include "protocols/moment.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/cluster/spoken_word.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// A word as the caller heard it: frames that came one after the other.
struct played_word {
  spoken_word word;
  moment began{};
  moment ended{};
  std::uint32_t frames = 0;
  /// Which of the leg's streams was open then.
  unsigned stream = 0;
};

/// One of the leg's streams, as the carrier had it; times of what did not happen are the epoch.
struct seen_stream {
  /// Whose it is: the one that its path names.
  std::string node;
  moment opened{};
  moment over{};
  moment first_audio{};
  moment last_audio{};
};

/// A command that the carrier obeyed.
struct seen_command {
  std::string action;
  std::string node;
  moment at{};
};

/// What the ends of one call know of it: the caller's ear, the carrier, recogniser and model. Any thread
/// that has the mutex.
struct watched_call {
  explicit watched_call(std::uint32_t n) : number(n) {}

  const std::uint32_t number;
  std::mutex mutex;

  std::string carrier_id{};
  std::vector<played_word> heard{};
  /// By number, from 1.
  std::map<unsigned, seen_stream> streams{};
  std::vector<seen_command> commands{};
  /// Turns that the caller finished saying.
  std::uint32_t said = 0;
  /// When the caller began to say each turn, from 1.
  std::map<std::uint32_t, moment> spoke{};
  bool gave_up = false;
  std::optional<call_outcome> outcome{};
  /// What its model was told that cannot be.
  std::set<std::string> forgotten{};

  /// The newest stream that has been open; nullptr when there was none.
  const seen_stream* stream() const;
  /// Who has it, as far as streams tell; empty when nobody does.
  std::string node() const;
  /// Replies of which the last word was heard after this moment.
  std::uint32_t replies_since(moment when) const;

  /// Notes what is wrong when the model is told that these were the caller's turns.
  void judge_memory(const std::vector<std::string>& callers);
};

/// Words of a whole reply.
inline constexpr std::uint32_t reply_words = 12;

/// How much may be wrong where a call changed its owner.
struct word_bounds {
  std::uint32_t repeated = 0;
  std::uint32_t lost = 0;
  std::uint32_t unanswered = 0;
  /// Between these two nobody could act on any call: callers who then speak again cut off what was being
  /// said.
  moment silent_since{};
  moment silent_until{};
};

/// What was heard of a call, against what it should have been.
struct call_verdict {
  std::uint32_t repeated = 0;    ///< words that the caller had heard already
  std::uint32_t lost = 0;        ///< words left out within a reply, or at its end
  std::uint32_t unanswered = 0;  ///< turns that nobody answered, but for the last one
  std::vector<std::string> faults;
};

/// Needs the mutex. A call that still goes on has no end to be judged.
call_verdict judge(const watched_call& call, const word_bounds& bounds);

/// The calls of a run, by number; any thread.
class watch_book {
 public:
  std::shared_ptr<watched_call> open();
  std::shared_ptr<watched_call> find(std::uint32_t number) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::uint32_t, std::shared_ptr<watched_call>> calls_;
};

}  // namespace tandem::lab
