#pragma once

#include "protocols/audio/paged_audio.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tandem {

/// Both sides of a call's line on one axis of time, in µ-law of one rate: the caller as the frames came, the
/// agent as the carrier plays what it was sent. Holds the last seconds, which can still change, and gives out
/// what lies before them. Positions are samples since the tape began.
class line_tape {
 public:
  /// So late may a frame of the caller's be and still keep its place behind the one before.
  static constexpr std::chrono::milliseconds settle{2000};
  /// What is further ahead of its time than this is left out.
  static constexpr std::chrono::milliseconds longest_lead{10000};
  /// What `take` gives out at once.
  static constexpr std::chrono::milliseconds block{1000};

  explicit line_tape(moment begin, std::uint32_t samples_per_ms = 8)
      : begin_(begin), samples_per_ms_(samples_per_ms) {}

  /// The caller's frames go on from here: what was missing before stays silent.
  void stream_began(moment now);

  /// The caller's next frame; its last sample is as old as `now`, unless frames before it were late.
  void caller(std::span<const std::uint8_t> ulaw, moment now);

  /// Sent to the carrier, who plays it behind what it was sent before.
  void agent(std::span<const std::uint8_t> ulaw, moment now);

  /// The carrier has forgotten what it has not played yet.
  void clear(moment now);

  /// Between these two the caller's side is to be silent; what has been given out already stays.
  void mute_caller(moment from, moment to);

  /// Samples of both sides in turn, the caller's first.
  struct piece {
    std::uint64_t position = 0;
    std::vector<std::uint8_t> stereo;
  };

  /// Up to where both sides stand for good: what the caller said is there or does not come any more, and
  /// nothing older than `mutable_for` is muted any more.
  std::uint64_t settled(moment now, std::chrono::milliseconds mutable_for) const;

  /// What lies between two positions as it is by now; from where the tape begins, at the earliest, since
  /// what lies before was taken.
  piece part(std::uint64_t begin, std::uint64_t end) const;

  /// Where a moment stands.
  std::uint64_t position(moment at) const;

  /// The next whole block that cannot change any more.
  std::optional<piece> take(moment now);

  /// What is left up to `now`: the tape's end.
  piece rest(moment now);

  /// Memory held.
  std::size_t memory() const { return caller_.memory() + agent_.memory(); }

 private:
  std::uint64_t samples(std::chrono::milliseconds time) const;
  piece give(std::uint64_t end);

  moment begin_;
  std::uint32_t samples_per_ms_;
  paged_audio caller_;
  paged_audio agent_;
  std::deque<std::pair<std::uint64_t, std::uint64_t>> muted_;
};

}  // namespace tandem
