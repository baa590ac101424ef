#include "protocols/audio/audio_ring.hpp"

#include <algorithm>
#include <bit>

namespace tandem {
namespace {

constexpr std::size_t smallest_store = 4096;

}  // namespace

void audio_ring::append(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  if (size() + bytes.size() > store_.size()) grow(size() + bytes.size());
  const std::size_t at = end_ & (store_.size() - 1);
  const std::size_t first = std::min(bytes.size(), store_.size() - at);
  std::copy_n(bytes.begin(), first, store_.begin() + static_cast<std::ptrdiff_t>(at));
  std::copy(bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end(), store_.begin());
  end_ += bytes.size();
}

void audio_ring::drop_until(std::uint64_t position) { begin_ = std::clamp(position, begin_, end_); }

void audio_ring::copy(std::uint64_t from, std::uint64_t to, std::vector<std::uint8_t>& out) const {
  from = std::clamp(from, begin_, end_);
  to = std::clamp(to, from, end_);
  if (from == to) return;
  const auto count = static_cast<std::size_t>(to - from);
  const std::size_t at = from & (store_.size() - 1);
  const std::size_t first = std::min(count, store_.size() - at);
  const auto begin = store_.begin() + static_cast<std::ptrdiff_t>(at);
  out.insert(out.end(), begin, begin + static_cast<std::ptrdiff_t>(first));
  out.insert(out.end(), store_.begin(), store_.begin() + static_cast<std::ptrdiff_t>(count - first));
}

void audio_ring::grow(std::size_t wanted) {
  std::vector<std::uint8_t> kept;
  kept.reserve(size());
  copy(begin_, end_, kept);
  store_.assign(std::max(smallest_store, std::bit_ceil(wanted)), 0);
  end_ = begin_;
  append(kept);
}

}  // namespace tandem
