#pragma once

#include "actors/runtime/gauge_share.hpp"
#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/pacing.hpp"
#include "protocols/conversation/heard_ledger.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/moment.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct audio_path;
struct metrics;

/// The audio of one reply on its way to the caller: paced to the carrier with marks behind its words, and the
/// account of what was heard. Without a timer: its owner calls `pump` at `wake_up`.
class reply_playout {
 public:
  /// Beyond `bound` unsent bytes it is `full`.
  reply_playout(std::shared_ptr<audio_path> path, const audio_format& format, std::size_t bound,
                metrics& measure);

  /// Starts a turn; what is held of the former one is forgotten.
  void begin(std::uint32_t turn);

  /// Forgets the turn and its audio.
  void end();

  void add_text(std::string_view text) { ledger_.add_text(text); }
  /// Whole samples, with the alignment that came with them.
  void add_audio(std::span<const std::uint8_t> audio, std::span<const tts::aligned_text> alignment);

  /// What came behind its last whole word, and behind `settled`, is spoken anew; it is dropped as far as it
  /// has not left.
  void drop_open_word(std::uint64_t settled);

  /// All audio of the turn is there, for all of its text.
  void finish();

  /// All audio of the turn is there, but not all text has any.
  void cut() { pacing_.finish(); }

  /// Sends what is due, as long as the call's pass is valid.
  void pump(moment now);

  /// Silences the carrier, unless there is no valid pass and it plays on what it has; what was not heard
  /// stays.
  void pause(moment now);

  /// Goes on after the last word heard.
  void resume(moment now);

  /// Silences the carrier, unless it is paused.
  void stop(moment now);

  /// The stream is gone, or is another one: what the old one cannot have played is to be sent again.
  void stream_lost(moment now);

  /// The stream takes audio again.
  /// Whether audio waits because nothing may be sent to the caller now.
  bool is_barred() const { return barred_until_.has_value(); }

  void stream_writable() { writable_ = true; }

  /// True when it proves that more was heard.
  bool mark_returned(std::string_view name) { return ledger_.mark_returned(name); }

  /// Whether audio of the turn has left.
  bool has_started() const { return started_; }

  /// Whether the caller has heard all of it, or must have by now.
  bool is_over(moment now) const;

  bool is_full() const { return pacing_.full(); }
  bool is_drained() const { return pacing_.drained(); }

  const heard_ledger& ledger() const { return ledger_; }

  /// When `pump` or `is_over` changes; nothing when that takes another event.
  std::optional<moment> wake_up() const;

 private:
  void silence(moment now);
  void go_on(moment now);
  void mark();
  void account() { held_.set(pacing_.buffered_bytes()); }

  std::shared_ptr<audio_path> path_;
  std::uint32_t bytes_per_ms_;
  metrics& measure_;
  pacing pacing_;
  heard_ledger ledger_;
  gauge_share held_;
  std::vector<std::uint8_t> chunk_;
  std::uint64_t marked_ = 0;
  std::optional<moment> barred_until_;  // when the pass is looked at again
  bool writable_ = true;
  bool paused_ = false;
  bool started_ = false;
};

}  // namespace tandem
