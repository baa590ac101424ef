#include "gateway/repeated_lines.hpp"

#include <algorithm>

namespace tandem {

namespace {

// Only a log that says ever new things comes near it.
constexpr std::size_t most_kinds = 1000;
constexpr std::size_t longest_kind = 80;

/// The words before the first one that has a value.
std::string_view kind_of(std::string_view text) {
  auto end = text.find('=');
  if (end != text.npos) end = text.rfind(' ', end);
  return text.substr(0, std::min({end, text.size(), longest_kind}));
}

}  // namespace

bool repeated_lines::admit(std::string_view text, time now) {
  const auto name = kind_of(text);
  auto known = kinds_.find(name);
  if (known == kinds_.end()) {
    if (kinds_.size() == most_kinds) return true;
    known = kinds_.emplace(name, kind{now + window}).first;
    next_end_ = std::min(next_end_, known->second.end);
  }
  auto& seen = known->second;
  if (seen.written == most) {
    ++seen.held;
    return false;
  }
  ++seen.written;
  return true;
}

std::vector<std::string> repeated_lines::over(time now) {
  if (now < next_end_) return {};
  return take(now);
}

std::vector<std::string> repeated_lines::all() { return take(time::max()); }

std::vector<std::string> repeated_lines::take(time until) {
  std::vector<std::string> told;
  next_end_ = time::max();
  std::erase_if(kinds_, [&](const auto& entry) {
    const auto& [name, seen] = entry;
    if (seen.end > until) {
      next_end_ = std::min(next_end_, seen.end);
      return false;
    }
    if (seen.held > 0) {
      told.push_back("log held lines back count=" + std::to_string(seen.held) + " like=\"" + name + "\"");
    }
    return true;
  });
  return told;
}

}  // namespace tandem
