#include "tests/bench/epoll/handshake.hpp"

#include "protocols/base64.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace tandem::bench {

namespace {

using digest = std::array<std::uint8_t, 20>;

constexpr std::size_t block_bytes = 64;

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same(std::string_view one, std::string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [](char a, char b) { return small(a) == small(b); });
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// A header's value; empty when there is none.
std::string_view header(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const auto end = std::min(head.find("\r\n"), head.size());
    const auto one = head.substr(0, end);
    const auto colon = one.find(':');
    if (colon != one.npos && is_same(one.substr(0, colon), name)) return trimmed(one.substr(colon + 1));
    head.remove_prefix(std::min(end + 2, head.size()));
  }
  return {};
}

/// Whether a header that is a list has this word, in any case.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (is_same(trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

/// One block of SHA-1 (RFC 3174, 6.1).
void mix(std::array<std::uint32_t, 5>& state, const std::uint8_t* block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t n = 0; n < 16; ++n, block += 4) {
    words[n] = std::uint32_t{block[0]} << 24 | block[1] << 16 | block[2] << 8 | block[3];
  }
  for (std::size_t n = 16; n < words.size(); ++n) {
    words[n] = std::rotl(words[n - 3] ^ words[n - 8] ^ words[n - 14] ^ words[n - 16], 1);
  }
  auto [a, b, c, d, e] = state;
  for (std::size_t n = 0; n < words.size(); ++n) {
    std::uint32_t mixed = (b & c) | (~b & d);
    std::uint32_t constant = 0x5a827999;
    if (n >= 60) {
      mixed = b ^ c ^ d, constant = 0xca62c1d6;
    } else if (n >= 40) {
      mixed = (b & c) | (b & d) | (c & d), constant = 0x8f1bbcdc;
    } else if (n >= 20) {
      mixed = b ^ c ^ d, constant = 0x6ed9eba1;
    }
    const auto next = std::rotl(a, 5) + mixed + e + words[n] + constant;
    e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
  }
  state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

digest sha1(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.begin(), text.end());
  bytes.push_back(0x80);
  while (bytes.size() % block_bytes != block_bytes - 8) bytes.push_back(0);
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{text.size()} * 8 >> shift));
  }
  std::array<std::uint32_t, 5> state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (std::size_t at = 0; at < bytes.size(); at += block_bytes) mix(state, bytes.data() + at);
  digest out{};
  for (std::size_t n = 0; n < out.size(); ++n) {
    out[n] = static_cast<std::uint8_t>(state[n / 4] >> (24 - 8 * (n % 4)));
  }
  return out;
}

}  // namespace

std::size_t head_end(std::string_view bytes) {
  const auto at = bytes.find("\r\n\r\n");
  return at == bytes.npos ? at : at + 4;
}

std::string accept_of(std::string_view key) {
  std::string out;
  base64::append(out, sha1(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
  return out;
}

std::optional<std::string> answer_to(std::string_view request) {
  const auto key = header(request, "sec-websocket-key");
  if (!request.starts_with("GET ") || key.empty() || !is_same(header(request, "upgrade"), "websocket") ||
      !has_word(header(request, "connection"), "upgrade") || header(request, "sec-websocket-version") != "13")
    return std::nullopt;
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         accept_of(key) + "\r\n\r\n";
}

std::string upgrade_request(std::string_view host, std::string_view target, std::string_view key) {
  std::string out = "GET ";
  out.append(target).append(" HTTP/1.1\r\nHost: ").append(host);
  out += "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
  return out.append(key).append("\r\n\r\n");
}

bool has_opened(std::string_view answer, std::string_view key) {
  return answer.starts_with("HTTP/1.1 101 ") && is_same(header(answer, "upgrade"), "websocket") &&
         has_word(header(answer, "connection"), "upgrade") &&
         header(answer, "sec-websocket-accept") == accept_of(key);
}

}  // namespace tandem::bench
