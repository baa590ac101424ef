#include "protocols/audio/paged_audio.hpp"

#include <algorithm>

namespace tandem {

void paged_audio::append(std::span<const std::uint8_t> bytes) {
  end_ += bytes.size();
  while (!bytes.empty()) {
    if (pages_.empty() || pages_.back().size() == page_bytes) pages_.emplace_back().reserve(page_bytes);
    auto& last = pages_.back();
    const auto piece = bytes.first(std::min(bytes.size(), page_bytes - last.size()));
    last.insert(last.end(), piece.begin(), piece.end());
    bytes = bytes.subspan(piece.size());
  }
}

void paged_audio::drop_until(std::uint64_t position) {
  begin_ = std::clamp(position, begin_, end_);
  if (begin_ == end_) return restart(end_);
  const auto over = (begin_ - first_page_) / page_bytes;
  if (over == 0) return;
  pages_.erase(pages_.begin(), pages_.begin() + static_cast<std::ptrdiff_t>(over));
  first_page_ += over * page_bytes;
}

void paged_audio::drop_behind(std::uint64_t position) {
  end_ = std::clamp(position, begin_, end_);
  if (begin_ == end_) return restart(end_);
  while (first_page_ + (pages_.size() - 1) * page_bytes >= end_) pages_.pop_back();
  pages_.back().resize(static_cast<std::size_t>(end_ - first_page_) - (pages_.size() - 1) * page_bytes);
}

void paged_audio::restart(std::uint64_t position) {
  pages_.clear();
  begin_ = end_ = first_page_ = position;
}

void paged_audio::copy(std::uint64_t from, std::uint64_t to, std::vector<std::uint8_t>& out) const {
  from = std::clamp(from, begin_, end_);
  to = std::clamp(to, from, end_);
  while (from != to) {
    const auto which = static_cast<std::size_t>(from - first_page_) / page_bytes;
    const auto next = std::min(to, first_page_ + (which + 1) * page_bytes);
    const auto* const first = pages_[which].data() + (from - first_page_) % page_bytes;
    out.insert(out.end(), first, first + (next - from));
    from = next;
  }
}

}  // namespace tandem
