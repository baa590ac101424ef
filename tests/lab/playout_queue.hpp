#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// 20 ms of 8-bit audio at 8 kHz: what a narrowband line moves at a time.
inline constexpr std::size_t frame_bytes = 160;

/// 20 ms of what is said and heard: G.711, or on a wideband line 16-bit PCM at 16 kHz.
struct frame : std::vector<std::uint8_t> {
  explicit frame(std::size_t bytes = frame_bytes) : vector(bytes) {}

  void fill(std::uint8_t byte) { assign(size(), byte); }
};

/// What the carrier has been sent and not yet played, as Telnyx keeps it: first in, first out, in real time,
/// with marks between the audio. Nothing of it knows the time; each `next` is 20 ms of it.
class playout_queue {
 public:
  /// `silence` is the sound's byte for it; beyond `bound` bytes audio is refused.
  explicit playout_queue(std::uint8_t silence, std::size_t bound = 30 * 60 * 8000);

  /// Queues audio; false when the queue is full, and nothing was taken.
  bool media(std::span<const std::uint8_t> audio);

  /// Queues a mark; true when nothing is queued before it, so that it goes back at once and is not kept.
  bool mark(std::string_view name);

  /// Forgets all audio; the marks that were queued go back.
  std::vector<std::string> clear();

  /// The next 20 ms, filled up with silence; marks that were reached are appended to `reached`. Whether any
  /// of it was audio that had been sent.
  bool next(frame& out, std::vector<std::string>& reached);

  /// Bytes that wait to be played.
  std::size_t queued() const { return audio_.size(); }

 private:
  struct placed_mark {
    std::uint64_t at;
    std::string name;
  };

  std::uint8_t silence_;
  std::size_t bound_;
  std::deque<std::uint8_t> audio_;
  std::deque<placed_mark> marks_;
  std::uint64_t played_ = 0;
};

}  // namespace tandem::lab
