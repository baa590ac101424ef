#pragma once

#include "protocols/audio/paged_audio.hpp"
#include "protocols/audio/playout.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tandem {

/// The audio of an agent's turn on its way to the carrier: chunks leave by deadline, so that the carrier
/// holds enough to play on and little enough to lose. Positions are bytes of the turn; whole samples come in.
class pacing {
 public:
  struct settings {
    std::uint32_t bytes_per_ms = 8;
    std::uint32_t sample_bytes = 1;           ///< of one sample, which is never cut
    std::uint8_t silence = 0xFF;              ///< the codec's byte for silence
    std::chrono::milliseconds frame{20};      ///< the least that leaves, and what a chunk is a multiple of
    std::chrono::milliseconds chunk{100};     ///< what leaves as a rule
    std::chrono::milliseconds lead{400};      ///< the most the carrier holds
    std::chrono::milliseconds history{3000};  ///< sent audio that is kept for `resume`
    std::size_t bound = 160'000;              ///< unsent bytes beyond which the source should not be read
  };

  /// What leaves, and where it lies in the turn; padding is beyond `end`.
  struct chunk {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    bool last = false;  ///< the turn ends with it
  };

  explicit pacing(const settings& rules) : rules_(rules) {}

  /// Starts a turn: its queue is empty, its positions begin at 0. What the carrier holds of the former turn
  /// still plays.
  void begin_turn();

  /// Takes audio of the turn; always, so that nothing of a reply is lost, but see `full`.
  void append(std::span<const std::uint8_t> audio);

  /// Audio behind `position` is not to leave; what has left stays. The position where the turn ends now.
  std::uint64_t cut(std::uint64_t position);

  /// No more audio comes for this turn; the tail may leave.
  void finish() { finished_ = true; }

  /// Moves the next chunk that is due into `out`, replacing what it held; nothing when none is due. Several
  /// may be due at once. Whole frames leave; the end of the turn is padded with silence.
  std::optional<chunk> take(std::vector<std::uint8_t>& out, moment now);

  /// When `take` will have something, which may be past; nothing when it first needs audio, or is held.
  std::optional<moment> wake_up() const;

  /// The carrier was told to clear: it holds nothing, and nothing more leaves until `resume` or `begin_turn`.
  void clear(moment now);

  /// Sends again from `position` on, or from the oldest byte kept when that is later; the position it is.
  std::uint64_t resume(std::uint64_t position);

  /// Whether the source should not be read until `drained`.
  bool full() const { return unsent_bytes() > rules_.bound; }

  /// Whether the source may be read again.
  bool drained() const { return unsent_bytes() <= rules_.bound / 2; }

  /// Whether all of the turn has left; `finish` may bring that about after the last chunk.
  bool done() const { return finished_ && unsent_bytes() == 0; }

  /// When the carrier will have played what has left.
  moment played_at() const { return playout_.end; }

  std::uint64_t sent_position() const { return sent_; }
  std::uint64_t end_position() const { return kept_.end(); }
  std::size_t unsent_bytes() const { return static_cast<std::size_t>(kept_.end() - sent_); }

  /// Bytes held, sent ones included.
  std::size_t buffered_bytes() const { return kept_.size(); }

 private:
  std::size_t bytes(std::chrono::milliseconds time) const;
  std::uint64_t whole(std::uint64_t position) const { return position - position % rules_.sample_bytes; }
  std::size_t sendable() const;
  moment due(std::size_t bytes) const;

  settings rules_;
  paged_audio kept_;
  std::uint64_t sent_ = 0;
  playout playout_;
  bool finished_ = false;
  bool held_ = false;
};

}  // namespace tandem
