#pragma once

#include "tests/lab/load/frame_tag.hpp"
#include "tests/lab/playout_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// Bytes of a frame that are encoded anew for each frame, since the tag is among them; whole base64 groups.
inline constexpr std::size_t fresh_bytes = 129;

/// The frames that load is made of, µ-law at 8 kHz: silence, what callers say, what agents say. Made once,
/// the base64 of what no tag changes included.
class sound_book {
 public:
  static constexpr std::uint16_t silence = 0;
  /// Silence too, but what Scribe understands.
  static constexpr std::uint16_t whisper = 1;

  /// Callers say `speech`, which is cut to whole frames.
  explicit sound_book(std::span<const std::uint8_t> speech, std::size_t agent_frames = 50);

  /// One real sentence, spoken by flite.
  static sound_book spoken();

  std::size_t caller_frames() const { return caller_frames_; }

  /// The sound of the n-th frame of what a caller says.
  std::uint16_t caller_sound(std::size_t n) const {
    return static_cast<std::uint16_t>(first_spoken + n % caller_frames_);
  }

  /// The sound of the n-th frame of what an agent says.
  std::uint16_t agent_sound(std::size_t n) const {
    const auto first = first_spoken + caller_frames_;
    return static_cast<std::uint16_t>(first + n % (pages_.size() - first));
  }

  /// A whole frame with its tag.
  frame tagged(const frame_tag& tag) const;

  /// The base64 of everything behind the first `fresh_bytes` of a sound.
  std::string_view settled_base64(std::uint16_t sound) const { return pages_[sound].settled; }

  /// Whether a frame is what its tag says, tag bits left out; false for a sound that is not in the book.
  bool agrees(const frame_tag& tag, std::span<const std::uint8_t> bytes) const;

 private:
  static constexpr std::size_t first_spoken = 2;

  struct page {
    frame bytes;
    std::string settled;
  };

  void add(const frame& bytes);

  std::vector<page> pages_;
  std::size_t caller_frames_ = 0;
};

}  // namespace tandem::lab
