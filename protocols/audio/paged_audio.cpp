#include "protocols/audio/paged_audio.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

paged_audio::paged_audio(const paged_audio& other)
    : begin_(other.begin_), end_(other.end_), first_page_(other.first_page_) {
  for (const auto& each : other.pages_) last_ = pages_.emplace_back(std::make_unique<page>(*each)).get();
}

void paged_audio::swap(paged_audio& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(first_page_, other.first_page_);
  std::swap(last_, other.last_);
  std::swap(pages_, other.pages_);
}

void paged_audio::append(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const auto at = static_cast<std::size_t>(end_ - first_page_) % page_bytes;
    if (at == 0 || last_ == nullptr)
      last_ = pages_.emplace_back(new page).get();  // NOLINT: its bytes come next
    const auto piece = bytes.first(std::min(bytes.size(), page_bytes - at));
    std::copy(piece.begin(), piece.end(), last_->begin() + static_cast<std::ptrdiff_t>(at));
    end_ += piece.size();
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
  pages_.resize((end_ - first_page_ + page_bytes - 1) / page_bytes);
  last_ = pages_.back().get();
}

void paged_audio::restart(std::uint64_t position) {
  pages_.clear();
  last_ = nullptr;
  begin_ = end_ = first_page_ = position;
}

void paged_audio::copy(std::uint64_t from, std::uint64_t to, std::vector<std::uint8_t>& out) const {
  from = std::clamp(from, begin_, end_);
  to = std::clamp(to, from, end_);
  while (from != to) {
    const auto which = static_cast<std::size_t>(from - first_page_) / page_bytes;
    const auto next = std::min(to, first_page_ + (which + 1) * page_bytes);
    const auto* const first = pages_[which]->data() + (from - first_page_) % page_bytes;
    out.insert(out.end(), first, first + (next - from));
    from = next;
  }
}

}  // namespace tandem
