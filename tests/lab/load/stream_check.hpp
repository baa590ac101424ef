#pragma once

#include "tests/lab/load/sound_book.hpp"
#include "tests/lab/load/spoken_frames.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace tandem::lab {

/// What came of a stream of tagged frames.
struct stream_counts {
  std::uint64_t frames = 0;    ///< that were right, each counted once
  std::uint64_t missing = 0;   ///< left out: a later one came
  std::uint64_t repeated = 0;  ///< came again within one connection
  std::uint64_t replayed = 0;  ///< came again on a new connection
  std::uint64_t foreign = 0;   ///< of another call
  std::uint64_t wrong = 0;     ///< bytes that are neither a frame nor filling silence
  std::uint64_t filling = 0;   ///< bytes of silence between frames
};

/// Reads one call's audio in one direction, cut anywhere, and counts what is not as it was made. Frames come
/// in the order of their numbers, with silence between them. With `spoken`, a connection may begin behind
/// frames that are no speech.
class stream_check {
 public:
  stream_check(const sound_book& book, std::uint32_t call, const spoken_frames* spoken = nullptr)
      : book_(book), call_(call), spoken_(spoken) {}

  /// What a whole frame told; `fresh` when it had not come before.
  using seen = std::function<void(const frame_tag& tag, bool fresh)>;

  /// A new connection: it may begin with frames that came before.
  void reconnected();

  void take(std::span<const std::uint8_t> bytes, const seen& on_frame);

  /// Nothing more comes: half a frame that waits is wrong.
  void finish();

  /// The number that comes next.
  std::uint32_t next() const { return next_; }

  const stream_counts& counts() const { return counts_; }

 private:
  std::size_t take_frame(std::span<const std::uint8_t> bytes, const seen& on_frame);
  void judge(const frame_tag& tag, const seen& on_frame);

  const sound_book& book_;
  std::uint32_t call_;
  const spoken_frames* spoken_;
  std::uint32_t next_ = 0;
  std::optional<std::uint32_t> replay_;  // the number that goes on with a replay
  bool may_replay_ = false;
  std::vector<std::uint8_t> rest_;
  stream_counts counts_;
};

}  // namespace tandem::lab
