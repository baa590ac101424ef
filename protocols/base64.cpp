#include "protocols/base64.hpp"

#include <array>

#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

namespace tandem::base64 {
namespace {

using alphabet = std::array<char, 64>;
using values = std::array<std::uint8_t, 256>;

constexpr std::uint8_t no_digit = 0xff;

constexpr alphabet digits_of(char last_but_one, char last) {
  alphabet digits{};
  for (std::size_t i = 0; i < 26; ++i) {
    digits[i] = static_cast<char>('A' + i);
    digits[26 + i] = static_cast<char>('a' + i);
  }
  for (std::size_t i = 0; i < 10; ++i) digits[52 + i] = static_cast<char>('0' + i);
  digits[62] = last_but_one;
  digits[63] = last;
  return digits;
}

constexpr values values_of(const alphabet& digits) {
  values all{};
  all.fill(no_digit);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    all[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  }
  return all;
}

constexpr alphabet standard = digits_of('+', '/');
constexpr alphabet url_safe = digits_of('-', '_');
constexpr values standard_values = values_of(standard);
constexpr values url_safe_values = values_of(url_safe);

#ifdef __SSSE3__

/// Sixteen bytes are read of which twelve become sixteen characters.
constexpr std::size_t block_bytes = 12;
constexpr std::size_t block_characters = 16;

/// The sixteen characters of the first twelve bytes at `from`, where sixteen can be read.
template <const alphabet& digits>
void encode_block(const std::uint8_t* from, char* to) {
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  // Each group of three bytes into four, the middle one twice, so that each half holds two values whole.
  const auto groups =
      _mm_shuffle_epi8(bytes, _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10));
  // Multiplied, the first and third value of a group go to their bytes by a right shift, the others by a
  // left.
  const auto odd =
      _mm_mulhi_epu16(_mm_and_si128(groups, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
  const auto even =
      _mm_mullo_epi16(_mm_and_si128(groups, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
  const auto values = _mm_or_si128(odd, even);
  // Which range a value is of: 13 for A to Z, 0 for a to z, 1 to 10 for the figures, 11 and 12 for the last
  // two.
  const auto is_upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), values);
  const auto range =
      _mm_or_si128(_mm_subs_epu8(values, _mm_set1_epi8(51)), _mm_and_si128(is_upper, _mm_set1_epi8(13)));
  constexpr char figure = '0' - 52;
  const auto distances =
      _mm_setr_epi8('a' - 26, figure, figure, figure, figure, figure, figure, figure, figure, figure, figure,
                    static_cast<char>(digits[62] - 62), static_cast<char>(digits[63] - 63), 'A', 0, 0);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_add_epi8(values, _mm_shuffle_epi8(distances, range)));
}

/// Turns sixteen characters into twelve bytes and four that mean nothing; false, and nothing is written, when
/// they are not all of the alphabet.
template <const alphabet& digits>
bool decode_block(const unsigned char* from, std::uint8_t* to) {
  const auto text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  // Compared as signed, so that what is no ASCII is in no range.
  const auto within = [&](char first, char last) {
    return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8(static_cast<char>(first - 1))),
                         _mm_cmplt_epi8(text, _mm_set1_epi8(static_cast<char>(last + 1))));
  };
  const auto moved = [](__m128i which, int by) {
    return _mm_and_si128(which, _mm_set1_epi8(static_cast<char>(by)));
  };
  const auto upper = within('A', 'Z');
  const auto lower = within('a', 'z');
  const auto figures = within('0', '9');
  const auto last_but_one = _mm_cmpeq_epi8(text, _mm_set1_epi8(digits[62]));
  const auto last = _mm_cmpeq_epi8(text, _mm_set1_epi8(digits[63]));
  const auto known =
      _mm_or_si128(_mm_or_si128(upper, lower), _mm_or_si128(figures, _mm_or_si128(last_but_one, last)));
  if (_mm_movemask_epi8(known) != 0xffff) return false;
  const auto letters = _mm_or_si128(moved(upper, -'A'), moved(lower, 26 - 'a'));
  const auto others =
      _mm_or_si128(moved(figures, 52 - '0'),
                   _mm_or_si128(moved(last_but_one, 62 - digits[62]), moved(last, 63 - digits[63])));
  const auto values = _mm_add_epi8(text, _mm_or_si128(letters, others));
  const auto pairs = _mm_maddubs_epi16(values, _mm_set1_epi32(0x01400140));
  const auto groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
  const auto bytes =
      _mm_shuffle_epi8(groups, _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
  return true;
}

#endif

/// Writes the characters of `bytes`, without padding, and returns the end of them.
template <const alphabet& digits>
char* encode(std::span<const std::uint8_t> bytes, char* to) {
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const whole = at + bytes.size() / 3 * 3;
#ifdef __SSSE3__
  for (; bytes.data() + bytes.size() - at >= 16; at += block_bytes, to += block_characters)
    encode_block<digits>(at, to);
#endif
  for (; at != whole; at += 3, to += 4) {
    const std::uint32_t group = at[0] << 16 | at[1] << 8 | at[2];
    to[0] = digits[group >> 18];
    to[1] = digits[group >> 12 & 63];
    to[2] = digits[group >> 6 & 63];
    to[3] = digits[group & 63];
  }
  const std::size_t rest = bytes.size() % 3;
  if (rest == 0) return to;
  *to++ = digits[at[0] >> 2];
  if (rest == 1) {
    *to++ = digits[(at[0] & 3) << 4];
    return to;
  }
  *to++ = digits[(at[0] & 3) << 4 | at[1] >> 4];
  *to++ = digits[(at[1] & 15) << 2];
  return to;
}

/// Decodes characters that carry no padding.
template <const values& digit, const alphabet& digits>
std::optional<std::size_t> decode_unpadded(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t rest = text.size() % 4;
  const std::size_t size = text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1);
  if (rest == 1 || size > out.size()) return std::nullopt;

  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const whole = at + text.size() / 4 * 4;
  std::uint8_t* to = out.data();
  std::uint32_t bad = 0;
#ifdef __SSSE3__
  // Decoded over itself, a block's four bytes too many fall on characters that were read already.
  while (whole - at >= 16 && out.data() + out.size() - to >= 16 && decode_block<digits>(at, to)) {
    at += block_characters;
    to += block_bytes;
  }
#endif
  for (; at != whole; at += 4, to += 3) {
    const std::uint32_t a = digit[at[0]];
    const std::uint32_t b = digit[at[1]];
    const std::uint32_t c = digit[at[2]];
    const std::uint32_t d = digit[at[3]];
    bad |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    to[0] = static_cast<std::uint8_t>(group >> 16);
    to[1] = static_cast<std::uint8_t>(group >> 8);
    to[2] = static_cast<std::uint8_t>(group);
  }
  if (rest != 0) {
    const std::uint32_t a = digit[at[0]];
    const std::uint32_t b = digit[at[1]];
    const std::uint32_t c = rest == 3 ? digit[at[2]] : 0;
    const std::uint32_t group = a << 18 | b << 12 | c << 6;
    const std::uint32_t unused = rest == 3 ? 0xff : 0xffff;
    if ((group & unused) != 0) return std::nullopt;
    bad |= a | b | c;
    to[0] = static_cast<std::uint8_t>(group >> 16);
    if (rest == 3) to[1] = static_cast<std::uint8_t>(group >> 8);
  }
  if ((bad & 0x80) != 0) return std::nullopt;
  return size;
}

}  // namespace

void append(std::string& out, std::span<const std::uint8_t> bytes) {
  const std::size_t before = out.size();
  out.resize(before + encoded_size(bytes.size()), '=');
  encode<standard>(bytes, out.data() + before);
}

std::optional<std::size_t> decode(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return decode_unpadded<standard_values, standard>(text, out);
}

void append(std::string& out, std::string_view text) {
  append(out, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

std::optional<std::string> decoded_text(std::string_view text) {
  std::string out(decoded_bound(text.size()), '\0');
  const auto size = decode(text, {reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

void append_url(std::string& out, std::span<const std::uint8_t> bytes) {
  const std::size_t before = out.size();
  out.resize(before + (bytes.size() * 4 + 2) / 3);
  encode<url_safe>(bytes, out.data() + before);
}

std::optional<std::size_t> decode_url(std::string_view text, std::span<std::uint8_t> out) {
  return decode_unpadded<url_safe_values, url_safe>(text, out);
}

}  // namespace tandem::base64
