#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tandem {

/// Bytes of a stream between two positions, in pages that come and go with what they hold. Positions count
/// from the stream's first byte.
class paged_audio {
 public:
  static constexpr std::size_t page_bytes = 4096;

  /// Holds nothing; the next byte has this position.
  explicit paged_audio(std::uint64_t position = 0)
      : begin_(position), end_(position), first_page_(position) {}
  paged_audio(const paged_audio& other);
  paged_audio(paged_audio&& other) noexcept : paged_audio() { swap(other); }
  paged_audio& operator=(paged_audio other) noexcept {
    swap(other);
    return *this;
  }
  ~paged_audio() = default;

  std::uint64_t begin() const { return begin_; }
  std::uint64_t end() const { return end_; }
  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }

  /// Memory held.
  std::size_t memory() const { return pages_.size() * page_bytes; }

  /// Adds bytes at the end.
  void append(std::span<const std::uint8_t> bytes);

  /// Forgets what lies before `position`; clamped to what is there.
  void drop_until(std::uint64_t position);

  /// Forgets what lies behind `position`, which the next byte gets; clamped to what is there.
  void drop_behind(std::uint64_t position);

  /// Forgets everything; the next byte has this position.
  void restart(std::uint64_t position);

  /// Appends the bytes in [from, to) to `out`; clamped to what is there.
  void copy(std::uint64_t from, std::uint64_t to, std::vector<std::uint8_t>& out) const;

 private:
  using page = std::array<std::uint8_t, page_bytes>;

  void swap(paged_audio& other) noexcept;

  std::uint64_t begin_;
  std::uint64_t end_;
  std::uint64_t first_page_;  // the position of the first page's first byte
  page* last_ = nullptr;      // the one that is being filled, at hand without a look at the list
  std::vector<std::unique_ptr<page>> pages_;
};

}  // namespace tandem
