#include "protocols/records/row.hpp"

#include "protocols/json.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/records/row_members.hpp"
#include "protocols/utf8.hpp"

namespace tandem::records {

namespace {

/// Sealed texts are a third longer than plain ones, and JSON may escape every byte.
constexpr json::limits row_limits{.bytes = std::size_t{64} * 1024 * 1024, .depth = 8};

constexpr std::string_view name_of(const call_row*) { return "call"; }
constexpr std::string_view name_of(const turn_row*) { return "turn"; }
constexpr std::string_view name_of(const event_row*) { return "event"; }
constexpr std::string_view name_of(const forget_row*) { return "forget"; }
constexpr std::string_view name_of(const campaign_row*) { return "campaign"; }
constexpr std::string_view name_of(const entry_row*) { return "entry"; }
constexpr std::string_view name_of(const barred_row*) { return "barred"; }
constexpr std::string_view name_of(const delivery_row*) { return "delivery"; }

/// What rows have not always had, so that journals of older programs lack it.
constexpr bool is_newer(std::string_view member) { return member == "timing"; }

template <class Row>
std::optional<row> decoded(const json::value& root) {
  Row out;
  bool whole = true;
  each_member(out, [&](std::string_view key, auto& member) {
    if constexpr (std::is_same_v<decltype(member), std::string&>) {
      const auto text = json::text(root, key);
      whole = whole && (text || is_newer(key));
      if (text) member = *text;
    } else {
      const auto number = json::integer(root, key);
      whole = whole && number;
      if (number) member = *number;
    }
  });
  if (!whole) return std::nullopt;
  return out;
}

/// The row of this kind that the object is, of all that `row` may be.
template <class... Rows>
std::optional<row> decoded_as(std::string_view kind, const json::value& root, const std::variant<Rows...>*) {
  std::optional<row> out;
  (void)((kind == name_of(static_cast<Rows*>(nullptr)) && (out = decoded<Rows>(root), true)) || ...);
  return out;
}

/// How many bytes the character at the front has that every database takes; 0 when it is none.
std::size_t character_size(std::string_view text) {
  return text.front() == '\0' ? 0 : utf8::sequence_length(text);
}

}  // namespace

std::string encode(const row& from) {
  std::string out;
  std::visit(
      [&](const auto& each) {
        using kind = std::remove_cvref_t<decltype(each)>;
        json::builder line(out);
        line.text("row", name_of(static_cast<const kind*>(nullptr)));
        each_member(each, [&](std::string_view key, const auto& member) {
          if constexpr (std::is_same_v<decltype(member), const std::string&>) {
            line.text(key, member);
          } else {
            line.integer(key, member);
          }
        });
      },
      from);
  return out;
}

std::optional<row> decode(std::string_view text) {
  std::string copy(text);
  json::document parsed;
  if (parsed.parse(copy, row_limits) != json::fault::none) return std::nullopt;
  const auto kind = json::text_or(parsed.root(), "row");
  return decoded_as(kind, parsed.root(), static_cast<const row*>(nullptr));
}

std::int64_t place_of(wall_time started_at, std::string_view id) {
  constexpr std::int64_t places_per_millisecond = 1'000'000;
  // FNV-1a.
  std::uint64_t hash = 14695981039346656037U;
  for (const unsigned char c : id) hash = (hash ^ c) * 1099511628211U;
  return started_at.time_since_epoch().count() * places_per_millisecond +
         static_cast<std::int64_t>(hash % places_per_millisecond);
}

std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto size = character_size(text);
    out.append(size ? text.substr(0, size) : "\xef\xbf\xbd");
    text.remove_prefix(size ? size : 1);
  }
  return out;
}

std::string to_json(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string out = "{";
  for (const auto& [key, text] : members) {
    if (out.size() > 1) out += ',';
    json::append_quoted(out, key);
    out += ':';
    json::append_quoted(out, text);
  }
  return out += '}';
}

std::vector<std::pair<std::string, std::string>> members_of(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  std::string copy(text);
  json::document parsed;
  if (parsed.parse(copy, row_limits) != json::fault::none) return out;
  for (const auto& member : parsed.root().GetObject()) {
    const auto value = json::text(member.value);
    if (!value) continue;
    out.emplace_back(std::string(member.name.GetString(), member.name.GetStringLength()), *value);
  }
  return out;
}

}  // namespace tandem::records
