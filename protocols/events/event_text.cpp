#include "protocols/events/event_text.hpp"

#include <charconv>

namespace tandem::event_text {

void append(std::string& out, std::string_view id, std::string_view name, std::string_view data) {
  if (!id.empty()) out.append("id: ").append(id).append(1, '\n');
  out.append("event: ").append(name).append(1, '\n');
  for (;;) {
    const auto end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append(1, '\n');
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + (data.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  out += '\n';
}

std::optional<std::uint64_t> place_in(std::string_view last_event_id, std::string_view prefix,
                                      std::uint64_t newest) {
  if (last_event_id == "0") return 0;
  if (!last_event_id.starts_with(prefix)) return std::nullopt;
  last_event_id.remove_prefix(prefix.size());
  std::uint64_t place = 0;
  const auto* end = last_event_id.data() + last_event_id.size();
  const auto [stop, fault] = std::from_chars(last_event_id.data(), end, place);
  if (fault != std::errc{} || stop != end || place > newest) return std::nullopt;
  return place;
}

}  // namespace tandem::event_text
