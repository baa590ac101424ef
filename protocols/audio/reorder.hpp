#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tandem {

/// Puts the frames of one track back into the order of their chunk numbers (one window per track). A frame in
/// order passes straight through; one that comes early waits for those before it, but only until a few later
/// frames have come. It never waits for time, and it takes any numbers: strides, restarts, none at all.
///
/// After each `push`, `next` is asked until it has nothing; only then may the pushed bytes go away.
class reorder {
 public:
  struct settings {
    std::size_t depth = 3;            ///< later frames that a missing one is waited for; at most 16
    std::size_t bytes = 16UL * 1024;  ///< most that may wait; at more nothing is waited for
    std::int64_t jump = 250;          ///< a greater distance, in frames, is a restart and no loss
  };

  /// A frame whose turn it is.
  struct frame {
    std::span<const std::uint8_t> payload;  ///< good until the next call of `push` or `next`
    std::uint32_t missing = 0;              ///< frames lost right before it
  };

  /// What became of the frames so far.
  struct counts {
    std::uint64_t ok = 0;    ///< given out
    std::uint64_t late = 0;  ///< dropped: twice, or after their turn
    std::uint64_t lost = 0;  ///< never came in time, or spoiled
  };

  reorder() : reorder(settings{}) {}
  explicit reorder(const settings& rules);

  /// Takes a frame; without a number it follows whatever came before it.
  void push(std::optional<std::int64_t> chunk, std::span<const std::uint8_t> payload);

  /// The next frame whose turn it is.
  std::optional<frame> next();

  /// The frame given out last turned out to be none: it counts as lost.
  void spoiled() {
    --counts_.ok;
    ++counts_.lost;
  }

  /// The stream is over: what waits is due now.
  void flush() { flushing_ = true; }

  /// Frames that wait.
  std::size_t waiting() const { return used_; }

  const counts& counted() const { return counts_; }

 private:
  struct slot {
    std::int64_t chunk = 0;
    std::vector<std::uint8_t> payload;
  };
  enum class place : std::uint8_t { nowhere, before_waiting, after_waiting };

  std::optional<std::int64_t> distance(std::int64_t chunk) const;
  void restart(std::optional<std::int64_t> chunk, std::span<const std::uint8_t> payload);
  void wait(std::int64_t chunk, std::span<const std::uint8_t> payload);
  std::size_t lowest() const;
  void learn_stride();
  frame give_direct();
  frame give(std::size_t which);
  std::uint32_t step_to(std::int64_t chunk);

  // What each frame in order needs, before the rest.
  std::optional<std::int64_t> last_;  // the number given out last
  std::int64_t stride_ = 1;
  // The pushed frame, when it need not wait.
  std::optional<std::int64_t> direct_chunk_;
  std::span<const std::uint8_t> direct_payload_;
  std::size_t used_ = 0;
  place direct_ = place::nowhere;
  bool in_step_ = false;  // a frame followed its predecessor by one stride
  bool flushing_ = false;
  std::uint32_t late_run_ = 0;
  counts counts_;
  settings rules_;

  // Those that wait, the first `used_` of them; the rest are kept for their memory.
  std::vector<slot> slots_;
  std::size_t waiting_bytes_ = 0;
  std::vector<std::uint8_t> given_;
};

}  // namespace tandem
