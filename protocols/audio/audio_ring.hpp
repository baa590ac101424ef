#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem {

/// Bytes of a stream between two positions, in one ring that grows up to what it has to hold and is then
/// reused. Positions count from the stream's first byte.
class audio_ring {
 public:
  /// An empty ring whose next byte has this position.
  explicit audio_ring(std::uint64_t position = 0) : begin_(position), end_(position) {}

  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }

  /// Adds bytes at the end.
  void append(std::span<const std::uint8_t> bytes);

  /// Forgets what lies before `position`; clamped to what is there.
  void drop_until(std::uint64_t position);

  /// Forgets everything; the next byte has this position.
  void restart(std::uint64_t position) { begin_ = end_ = position; }

  /// Appends the bytes in [from, to) to `out`; clamped to what is there.
  void copy(std::uint64_t from, std::uint64_t to, std::vector<std::uint8_t>& out) const;

 private:
  void grow(std::size_t wanted);

  std::vector<std::uint8_t> store_;  // its size is a power of two, or zero
  std::uint64_t begin_;
  std::uint64_t end_;
};

}  // namespace tandem
