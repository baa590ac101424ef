#include "protocols/json_members.hpp"

#include "protocols/utf8.hpp"

#include <algorithm>

namespace tandem::json {

namespace {

constexpr std::size_t most_members = 32;
constexpr std::size_t longest_name = 64;

}  // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> texts(const value& object,
                                                                      std::size_t longest) {
  std::vector<std::pair<std::string, std::string>> found;
  if (!object.IsObject() || object.MemberCount() > most_members) return std::nullopt;
  for (const auto& member : object.GetObject()) {
    std::string key(member.name.GetString(), member.name.GetStringLength());
    std::string text;
    if (const auto given = json::text(member.value)) {
      text = *given;
    } else if (member.value.IsInt64()) {
      text = std::to_string(member.value.GetInt64());
    } else {
      return std::nullopt;
    }
    if (key.empty() || key.size() > longest_name || text.size() > longest) return std::nullopt;
    if (!utf8::is_valid(key) || !utf8::is_valid(text)) return std::nullopt;
    found.emplace_back(std::move(key), std::move(text));
  }
  return found;
}

std::optional<std::string> unknown_member(const value& object,
                                          std::initializer_list<std::string_view> known) {
  for (const auto& member : object.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (std::ranges::find(known, name) == known.end())
      return "unknown member " + std::string(name.substr(0, longest_name));
  }
  return std::nullopt;
}

std::optional<std::string> number_fault(const value& object, std::string_view key, std::int64_t least,
                                        std::int64_t most) {
  if (find(object, key) == nullptr) return std::nullopt;
  const auto given = integer(object, key);
  if (given && *given >= least && *given <= most) return std::nullopt;
  return std::string(key) + " is a number from " + std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace tandem::json
