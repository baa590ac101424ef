#include "protocols/words.hpp"

#include "protocols/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tandem::words {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

// Punctuation, signs and blanks beyond ASCII that stand in transcripts.
constexpr std::array<range, 14> signs{{{0x80, 0xbf},
                                       {0xd7, 0xd7},
                                       {0xf7, 0xf7},
                                       {0x60c, 0x60c},
                                       {0x61b, 0x61b},
                                       {0x61f, 0x61f},
                                       {0x6d4, 0x6d4},
                                       {0x964, 0x965},
                                       {0x2000, 0x206f},
                                       {0x3000, 0x3003},
                                       {0x3008, 0x301f},
                                       {0xff01, 0xff0f},
                                       {0xff1a, 0xff20},
                                       {0xff3b, 0xff65}}};

bool is_sign(char32_t c) {
  return std::any_of(signs.begin(), signs.end(), [c](range r) { return r.first <= c && c <= r.last; });
}

// Of letters that have two bytes, great or small.
char32_t small(char32_t c) {
  const bool latin = c >= 0xc0 && c <= 0xde;
  const bool greek = c >= 0x391 && c <= 0x3a9;
  if (latin || greek || (c >= 0x410 && c <= 0x42f)) return c + 0x20;
  return c >= 0x400 && c <= 0x40f ? c + 0x50 : c;
}

// Of a well-formed sequence of two or three bytes.
char32_t code_point(std::string_view sequence) {
  auto value = static_cast<unsigned char>(sequence[0]) & (sequence.size() == 2 ? 0x1fU : 0x0fU);
  for (const char next : sequence.substr(1)) value = value << 6U | (static_cast<unsigned char>(next) & 0x3fU);
  return value;
}

void append_ascii(std::string& out, char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
}

}  // namespace

std::string bare(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto size = std::max<std::size_t>(utf8::sequence_length(text), 1);
    const auto letter = text.substr(0, size);
    const auto value = size == 2 || size == 3 ? code_point(letter) : 0;
    if (size == 2 && !is_sign(value)) {
      const auto low = small(value);
      out += static_cast<char>(0xc0U | low >> 6U);
      out += static_cast<char>(0x80U | (low & 0x3fU));
    } else if (size == 1 && static_cast<unsigned char>(letter[0]) < 0x80) {
      append_ascii(out, letter[0]);
    } else if (!is_sign(value)) {
      out += letter;
    }
    text.remove_prefix(size);
  }
  return out;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

bool same(std::string_view one, std::string_view other) { return one == other || bare(one) == bare(other); }

}  // namespace tandem::words
