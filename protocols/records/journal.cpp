#include "protocols/records/journal.hpp"

#include <array>
#include <charconv>

namespace tandem::records {

namespace {

constexpr std::size_t digits = 8;
constexpr std::size_t head = digits + 1;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    auto value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? 0xedb88320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

constexpr auto table = make_table();

bool holds(std::string_view line) {
  if (line.size() < head || line[digits] != ' ') return false;
  std::uint32_t sum = 0;
  const auto [end, fault] = std::from_chars(line.data(), line.data() + digits, sum, 16);
  return fault == std::errc{} && end == line.data() + digits && sum == crc32(line.substr(head));
}

}  // namespace

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t sum = 0xffffffffU;
  for (const unsigned char byte : bytes) sum = table[(sum ^ byte) & 0xff] ^ (sum >> 8);
  return ~sum;
}

void append_line(std::string& out, std::string_view entry) {
  constexpr std::string_view hex = "0123456789abcdef";
  const auto sum = crc32(entry);
  for (int shift = 28; shift >= 0; shift -= 4) out += hex[(sum >> shift) & 0xf];
  out.append(1, ' ').append(entry).append(1, '\n');
}

journal_scan read_lines(std::string_view text, std::size_t most,
                        const std::function<void(std::string_view entry)>& each) {
  journal_scan scan;
  for (; most > 0; --most) {
    const auto end = text.find('\n', scan.consumed);
    if (end == std::string_view::npos) break;
    const auto line = text.substr(scan.consumed, end - scan.consumed);
    scan.consumed = end + 1;
    if (holds(line)) {
      each(line.substr(head));
    } else {
      ++scan.damaged;
    }
  }
  return scan;
}

}  // namespace tandem::records
