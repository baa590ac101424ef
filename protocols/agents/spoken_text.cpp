#include "protocols/agents/spoken_text.hpp"

#include "protocols/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tandem {

namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::uint32_t code_point(std::string_view character) {
  if (character.size() == 1) return static_cast<unsigned char>(character.front());
  auto value = static_cast<std::uint32_t>(static_cast<unsigned char>(character.front()) &
                                          (0xffU >> (character.size() + 1)));
  for (const char c : character.substr(1)) value = (value << 6) | (static_cast<unsigned char>(c) & 0x3fU);
  return value;
}

/// Emoji, dingbats, arrows and what joins or varies them.
bool is_pictograph(std::uint32_t point) {
  return (point >= 0x1f000 && point <= 0x1faff) || (point >= 0x2600 && point <= 0x27bf) ||
         (point >= 0x2b00 && point <= 0x2bff) || (point >= 0xfe00 && point <= 0xfe0f) || point == 0x200d ||
         point == 0x20e3;
}

/// Bytes of a list item's or heading's mark at the front of a line, the blank behind it included.
std::size_t mark_length(std::string_view line) {
  std::size_t mark = 0;
  while (mark < line.size() && (line[mark] == '#' || line[mark] == '>')) ++mark;
  if (mark == 0 && !line.empty() && (line[0] == '-' || line[0] == '*' || line[0] == '+')) mark = 1;
  const bool is_mark = mark != 0 && (mark == line.size() || is_blank(line[mark]));
  return is_mark ? mark : 0;
}

/// A link's text and all of its bytes, when one is at the front: `[text](address)`.
std::size_t link_length(std::string_view text, std::string_view& shown) {
  const auto middle = text.find("](");
  const auto end = middle == text.npos ? text.npos : text.find(')', middle);
  if (end == text.npos || text.substr(0, middle).find('\n') != text.npos) return 0;
  shown = text.substr(1, middle - 1);
  return end + 1;
}

void append_blank(std::string& out) {
  if (!out.empty() && out.back() != ' ') out += ' ';
}

void append(std::string& out, std::string_view text) {
  bool line_begins = true;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const char c = rest.front();
    if (is_blank(c)) {
      line_begins = line_begins || c == '\n';
      append_blank(out);
      ++at;
      continue;
    }
    if (const auto mark = line_begins ? mark_length(rest) : 0; mark != 0) {
      at += mark;
      continue;
    }
    line_begins = false;
    std::string_view shown;
    if (const auto link = c == '[' ? link_length(rest, shown) : 0; link != 0) {
      append(out, shown);
      at += link;
      continue;
    }
    const auto character = rest.substr(0, std::max<std::size_t>(utf8::sequence_length(rest), 1));
    at += character.size();
    const bool is_product =
        c == '*' && !out.empty() && is_digit(out.back()) && rest.size() > 1 && is_digit(rest[1]);
    const bool is_mark = c == '`' || (c == '*' && !is_product) || (c == '_' && rest.starts_with("__"));
    if (is_mark && c == '_') ++at;
    if (!is_mark && !is_pictograph(code_point(character))) out += character;
  }
}

}  // namespace

std::string spoken_text(std::string_view sentence) {
  std::string out;
  append(out, sentence);
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace tandem
