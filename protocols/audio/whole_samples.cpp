#include "protocols/audio/whole_samples.hpp"

namespace tandem {

std::span<const std::uint8_t> whole_samples::take(std::span<const std::uint8_t> bytes) {
  if (!rest_.empty()) {
    joined_.swap(rest_);
    joined_.insert(joined_.end(), bytes.begin(), bytes.end());
    bytes = joined_;
  }
  const auto whole = bytes.size() / sample_bytes_ * sample_bytes_;
  rest_.assign(bytes.begin() + static_cast<std::ptrdiff_t>(whole), bytes.end());
  return bytes.first(whole);
}

}  // namespace tandem
