#include "protocols/agents/event_stream.hpp"

#include <utility>

namespace tandem {

bool event_stream::add(std::string_view bytes, std::vector<std::string>& events) {
  while (!bytes.empty() && !too_large_) {
    if (std::exchange(after_return_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const auto end = bytes.find_first_of("\r\n");
    const auto part = bytes.substr(0, end);
    if (line_.size() + data_.size() + part.size() > max_event) {
      too_large_ = true;
      break;
    }
    line_ += part;
    if (end == std::string_view::npos) break;
    after_return_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(events);
  }
  return !too_large_;
}

bool event_stream::finish(std::vector<std::string>& events) {
  if (too_large_) return false;
  if (!line_.empty()) take_line(events);
  dispatch(events);
  return true;
}

void event_stream::take_line(std::vector<std::string>& events) {
  constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
  const auto whole = std::exchange(line_, {});
  std::string_view line = whole;
  if (!std::exchange(begun_, true) && line.starts_with(byte_order_mark))
    line.remove_prefix(byte_order_mark.size());
  if (line.empty()) return dispatch(events);
  if (line.front() == '{') return void(events.emplace_back(line));
  const auto colon = line.find(':');
  const auto field = line.substr(0, colon);
  auto value = colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
  } else if (field == "error") {
    events.push_back(R"({"error":)" + std::string(value) + "}");
  }
}

void event_stream::dispatch(std::vector<std::string>& events) {
  if (std::exchange(has_data_, false)) events.push_back(std::exchange(data_, {}));
}

}  // namespace tandem
