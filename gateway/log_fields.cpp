#include "gateway/log_fields.hpp"

#include <algorithm>

namespace tandem {

namespace {

bool is_key(std::string_view text) {
  const bool named = !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  return named && text != "time" && text != "level" && text != "message";
}

/// Takes one value and the blank behind it off the front; false when there is no whole one.
bool take_value(std::string_view& rest, std::string_view& value) {
  const bool quoted = rest.starts_with('"');
  if (quoted) rest.remove_prefix(1);
  const auto end = std::min(rest.find(quoted ? '"' : ' '), rest.size());
  value = rest.substr(0, end);
  rest.remove_prefix(end);
  if (quoted) {
    if (rest.empty()) return false;
    rest.remove_prefix(1);
  } else if (value.find('"') != value.npos) {
    return false;
  }
  if (rest.empty()) return true;
  if (rest.front() != ' ' || rest.size() == 1) return false;
  rest.remove_prefix(1);
  return true;
}

}  // namespace

log_fields split_log_line(std::string_view line) {
  const log_fields all_words{line, {}};
  const auto equals = line.find('=');
  if (equals == line.npos) return all_words;
  const auto blank = line.rfind(' ', equals);
  if (blank == line.npos || blank == 0) return all_words;
  log_fields found{line.substr(0, blank), {}};
  for (auto rest = line.substr(blank + 1); !rest.empty();) {
    const auto end = rest.find('=');
    if (end == rest.npos) return all_words;
    const auto key = rest.substr(0, end);
    const bool known = std::ranges::any_of(found.values, [&](const auto& one) { return one.first == key; });
    rest.remove_prefix(end + 1);
    std::string_view value;
    if (!is_key(key) || known || !take_value(rest, value)) return all_words;
    found.values.emplace_back(key, value);
  }
  return found;
}

}  // namespace tandem
