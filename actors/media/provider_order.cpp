#include "actors/media/provider_order.hpp"

namespace tandem {

namespace {

/// One may be an accident.
constexpr std::size_t most_failures = 2;

}  // namespace

std::vector<std::size_t> provider_order::candidates() const {
  const auto count = refused_.size();
  const auto begin = failures_ < most_failures ? present_ : present_ + 1;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < count; ++i) {
    const auto which = (begin + i) % count;
    if (!refused_[which]) found.push_back(which);
  }
  return found;
}

void provider_order::choose(std::size_t which) {
  if (which != present_) failures_ = 0;
  present_ = which;
}

void provider_order::move_on() { failures_ = most_failures; }

void provider_order::refused() { refused_[present_] = true; }

}  // namespace tandem
