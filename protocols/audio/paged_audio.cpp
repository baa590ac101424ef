#include "protocols/audio/paged_audio.hpp"

#include <algorithm>

namespace tandem {

void paged_audio::append(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto used = static_cast<std::size_t>(end_ - first_page_) - pages_.size() * page_bytes + page_bytes;
    const bool full = pages_.empty() || used == page_bytes;
    if (full) pages_.emplace_back();
    const std::size_t at = full ? 0 : used;
    const auto piece = bytes.first(std::min(bytes.size(), page_bytes - at));
    std::copy(piece.begin(), piece.end(), pages_.back().begin() + static_cast<std::ptrdiff_t>(at));
    end_ += piece.size();
    bytes = bytes.subspan(piece.size());
  }
}

void paged_audio::drop_until(std::uint64_t position) {
  begin_ = std::clamp(position, begin_, end_);
  if (begin_ == end_) return restart(end_);
  for (; begin_ - first_page_ >= page_bytes; first_page_ += page_bytes) pages_.pop_front();
}

void paged_audio::drop_behind(std::uint64_t position) {
  end_ = std::clamp(position, begin_, end_);
  if (begin_ == end_) return restart(end_);
  while (first_page_ + (pages_.size() - 1) * page_bytes >= end_) pages_.pop_back();
}

void paged_audio::restart(std::uint64_t position) {
  pages_.clear();
  begin_ = end_ = first_page_ = position;
}

void paged_audio::copy(std::uint64_t from, std::uint64_t to, std::vector<std::uint8_t>& out) const {
  from = std::clamp(from, begin_, end_);
  to = std::clamp(to, from, end_);
  auto at = first_page_;
  for (const auto& page : pages_) {
    const auto next = at + page_bytes;
    if (at >= to) return;
    if (from < next) {
      const auto first = page.begin() + static_cast<std::ptrdiff_t>(std::max(from, at) - at);
      out.insert(out.end(), first, page.begin() + static_cast<std::ptrdiff_t>(std::min(to, next) - at));
    }
    at = next;
  }
}

}  // namespace tandem
