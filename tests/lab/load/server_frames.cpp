#include "tests/lab/load/server_frames.hpp"

namespace tandem::lab {

namespace {

constexpr std::size_t largest = std::size_t{1024} * 1024;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<std::uint8_t>(c);
  return out;
}

}  // namespace

bool server_frames::take(std::string_view bytes, const message& on_message) {
  std::string joined;
  if (!rest_.empty()) {
    joined.swap(rest_);
    joined += bytes;
    bytes = joined;
  }
  for (;;) {
    const auto size = take_frame(bytes, on_message);
    if (size == bytes.npos) return false;
    if (size == 0) break;
    bytes.remove_prefix(size);
  }
  rest_ = bytes;
  return true;
}

std::size_t server_frames::take_frame(std::string_view bytes, const message& on_message) {
  if (bytes.size() < 2) return 0;
  const auto head = static_cast<std::uint8_t>(bytes[0]);
  const auto opcode = head & 0x0fU;
  std::size_t size = static_cast<std::uint8_t>(bytes[1]);
  std::size_t begin = 2;
  // A server does not mask, and nobody asked for extensions.
  if (size >= 128 || (head & 0x70U) != 0) return bytes.npos;
  if (size >= 126) {
    const std::size_t wide = size == 126 ? 2 : 8;
    if (bytes.size() < begin + wide) return 0;
    const auto announced = big_endian(bytes.substr(begin, wide));
    if (announced > largest) return bytes.npos;
    size = announced;
    begin += wide;
  }
  if (bytes.size() < begin + size) return 0;
  const auto payload = bytes.substr(begin, size);
  const auto last = (head & 0x80U) != 0;
  switch (opcode) {
    case 0:
    case 1:
      if (last && fragments_.empty()) {
        on_message(kind::text, payload);
        break;
      }
      if (fragments_.size() + size > largest) return bytes.npos;
      fragments_ += payload;
      if (last) {
        const auto whole = std::move(fragments_);
        fragments_.clear();
        on_message(kind::text, whole);
      }
      break;
    case 8:
      on_message(kind::close, payload);
      break;
    case 9:
      on_message(kind::ping, payload);
      break;
    case 10:
      on_message(kind::pong, payload);
      break;
    default:
      return bytes.npos;
  }
  return begin + size;
}

scanned_command scan_command(std::string_view text) {
  using enum scanned_command::kind;
  const auto value_of = [text](std::string_view head) {
    const auto end = text.find('"', head.size());
    return text.substr(head.size(), end - head.size());
  };
  constexpr std::string_view media_head = R"({"event":"media","media":{"payload":")";
  if (text.starts_with(media_head)) return {media, value_of(media_head)};
  constexpr std::string_view mark_head = R"({"event":"mark","mark":{"name":")";
  if (text.starts_with(mark_head) && text.find('\\') == text.npos) return {mark, value_of(mark_head)};
  if (text == R"({"event":"clear"})") return {clear, {}};
  return {};
}

}  // namespace tandem::lab
