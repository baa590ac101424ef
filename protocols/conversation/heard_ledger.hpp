#pragma once

#include "protocols/audio/playout.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// A mark in the carrier's stream: all audio of a turn before `position` has been sent. `take` counts how
/// often the turn was resumed, so that a mark returned by `clear` is not taken for one of the next attempt.
struct mark_name {
  std::uint32_t turn = 0;
  std::uint64_t position = 0;
  std::uint32_t take = 0;

  bool operator==(const mark_name&) const = default;
};

/// The mark's name on the wire: "7.4000", or "7.4000.1" after the first resume.
std::string to_string(const mark_name& mark);

/// The mark of a name; nothing for a name that `to_string` does not give.
std::optional<mark_name> parse_mark(std::string_view name);

/// What the caller has heard of one agent turn: its text against its audio (by alignment), its audio against
/// the carrier's play-out (by the clock and by marks). Positions are bytes of the turn's audio.
class heard_ledger {
 public:
  /// What is sure and what is possible; a `clear` leaves one round trip between them.
  struct bounds {
    std::uint64_t at_least = 0;
    std::uint64_t at_most = 0;

    bool operator==(const bounds&) const = default;
  };

  heard_ledger(std::uint32_t turn, std::uint32_t bytes_per_ms) : turn_(turn), bytes_per_ms_(bytes_per_ms) {}

  /// A piece of text was given to the synthesiser: whole words, which a blank parts from the piece before.
  void add_text(std::string_view text);

  /// Audio came from the synthesiser, with the alignment of that message, if it had one.
  void add_audio(std::size_t bytes, std::span<const tts::aligned_text> alignment);

  /// No more text and audio will come.
  void finish() { finished_ = true; }

  /// Audio behind `position` was taken back: the word that it ends in will be spoken anew.
  void cut(std::uint64_t position);

  /// Audio up to `position` was sent to the carrier.
  void sent(std::uint64_t position, moment now);

  /// The name of a mark to send now, behind the audio sent so far.
  std::string mark();

  /// Whether a word has ended, or the turn, in what was sent since the last mark.
  bool mark_due() const;

  /// A mark came back; false when it is not of this turn and take, or after a `clear`, and so proves nothing.
  bool mark_returned(std::string_view name);

  /// The carrier was told to clear. Marks that come back from now on may have been thrown away, not played.
  void cleared(moment now);

  /// Audio is sent again from `position` on.
  void resumed(std::uint64_t position);

  /// Between what positions the caller's ear is.
  bounds heard(moment now) const;

  /// Whether the last mark of the whole turn came back uncleared.
  bool heard_all() const;

  /// What the caller can have heard: whole words up to `heard().at_most`, without blanks at its ends.
  std::string_view heard_text(moment now) const;

  /// Where to go on: the byte after the last word heard.
  std::uint64_t resume_position(moment now) const;

  std::string_view text() const { return text_; }

  /// Bytes of the text up to the end of the last word whose audio has come; 0 as long as no alignment told.
  std::size_t received_text() const { return last_received().text; }

  /// The end of that word in the audio.
  std::uint64_t received_words() const { return last_received().audio; }

  /// How long it takes to play up to the end of the first word; 0 as long as no alignment told.
  std::chrono::microseconds first_word() const {
    return duration_of(words_.empty() ? 0 : words_.front().audio, bytes_per_ms_);
  }

  std::uint32_t turn() const { return turn_; }
  std::uint64_t sent_position() const { return sent_; }
  std::uint64_t audio_bytes() const { return received_; }
  bool is_cleared() const { return cleared_.has_value(); }

  /// When the carrier will have played what was sent, going by the clock.
  moment played_at() const { return playout_.end; }

 private:
  /// The end of a word in the text and in the audio.
  struct word_end {
    std::size_t text = 0;
    std::uint64_t audio = 0;
  };

  void align(char character, std::uint64_t audio_end);
  void close_word();
  bool match_word(std::size_t skip);
  word_end last_heard(moment now) const;
  word_end last_received() const;
  word_end in_proportion(const word_end& from, std::uint64_t position) const;

  std::uint32_t turn_;
  std::uint32_t bytes_per_ms_;
  std::uint32_t take_ = 0;
  std::string text_;
  std::vector<word_end> words_;
  std::string open_word_;  // of the alignment, which may be cut in two by messages
  std::uint64_t open_word_end_ = 0;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t marked_ = 0;
  std::uint64_t confirmed_ = 0;
  playout playout_;
  std::optional<moment> cleared_;
  bool finished_ = false;
};

}  // namespace tandem
