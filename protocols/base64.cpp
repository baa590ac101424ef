#include "protocols/base64.hpp"

#include <array>

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

/// Writes the characters of `bytes`, without padding, and returns the end of them.
template <const alphabet& digits>
char* encode(std::span<const std::uint8_t> bytes, char* to) {
  const std::uint8_t* at = bytes.data();
  const std::uint8_t* const whole = at + bytes.size() / 3 * 3;
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
template <const values& digit>
std::optional<std::size_t> decode_unpadded(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t rest = text.size() % 4;
  const std::size_t size = text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1);
  if (rest == 1 || size > out.size()) return std::nullopt;

  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const whole = at + text.size() / 4 * 4;
  std::uint8_t* to = out.data();
  std::uint32_t bad = 0;
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
  return decode_unpadded<standard_values>(text, out);
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
  return decode_unpadded<url_safe_values>(text, out);
}

}  // namespace tandem::base64
