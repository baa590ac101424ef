#include "protocols/s3/place.hpp"

#include <algorithm>

namespace tandem::s3 {
namespace {

constexpr std::string_view scheme = "s3://";
constexpr std::size_t longest_prefix = 512;

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_bucket(std::string_view text) {
  return text.size() >= 3 && text.size() <= 63 && is_lower_or_digit(text.front()) &&
         is_lower_or_digit(text.back()) && text.find("..") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; });
}

bool is_step(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
  });
}

bool is_prefix(std::string_view text) {
  if (text.size() > longest_prefix) return false;
  for (std::size_t from = 0; from <= text.size();) {
    const auto slash = std::min(text.find('/', from), text.size());
    if (!is_step(text.substr(from, slash - from))) return false;
    from = slash + 1;
  }
  return true;
}

}  // namespace

std::string place::key(std::string_view name) const {
  return prefix.empty() ? std::string(name) : std::string(prefix).append("/").append(name);
}

bool is_place(std::string_view text) { return text.starts_with(scheme); }

std::optional<place> read_place(std::string_view text) {
  if (!is_place(text)) return std::nullopt;
  text.remove_prefix(scheme.size());
  while (text.ends_with('/')) text.remove_suffix(1);
  const auto slash = std::min(text.find('/'), text.size());
  const auto bucket = text.substr(0, slash);
  const auto prefix = slash < text.size() ? text.substr(slash + 1) : std::string_view();
  if (!is_bucket(bucket) || (slash < text.size() && !is_prefix(prefix))) return std::nullopt;
  return place{std::string(bucket), std::string(prefix)};
}

}  // namespace tandem::s3
