#include "protocols/agents/thoughts.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

namespace {

/// Bytes at the end of `text` that may be the beginning of `tag`.
std::size_t begun(std::string_view text, std::string_view tag) {
  auto size = std::min(text.size(), tag.size() - 1);
  while (size > 0 && !tag.starts_with(text.substr(text.size() - size))) --size;
  return size;
}

}  // namespace

std::string thought_filter::add(std::string_view piece) {
  kept_ += piece;
  std::string said;
  for (;;) {
    const std::string_view tag = thinking_ ? "</think>" : "<think>";
    const auto at = kept_.find(tag);
    const auto end = at == std::string::npos ? kept_.size() - begun(kept_, tag) : at;
    if (!thinking_) said.append(kept_, 0, end);
    if (at == std::string::npos) {
      kept_.erase(0, end);
      return said;
    }
    kept_.erase(0, at + tag.size());
    thinking_ = !thinking_;
  }
}

std::string thought_filter::finish() {
  return thinking_ ? kept_.clear(), std::string{} : std::exchange(kept_, {});
}

}  // namespace tandem
