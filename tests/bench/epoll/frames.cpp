#include "tests/bench/epoll/frames.hpp"

#include <cstring>

namespace tandem::bench {

namespace {

constexpr std::size_t longest_short = 125;
constexpr std::size_t longest_middle = 0xffff;
constexpr std::size_t middle_head = 4;
constexpr std::size_t long_head = 10;
constexpr std::size_t mask_bytes = 4;
constexpr std::uint8_t final_bit = 0x80;
constexpr std::uint8_t mask_bit = 0x80;
constexpr std::uint8_t reserved_bits = 0x70;
/// What a reader keeps of its memory after a large message.
constexpr std::size_t kept_bytes = std::size_t{64} * 1024;

char byte(std::size_t value) { return static_cast<char>(value & 0xff); }

std::uint8_t value(char byte) { return static_cast<std::uint8_t>(byte); }

void put_big_endian(char* to, std::size_t bytes, std::size_t number) {
  for (std::size_t n = bytes; n > 0; --n, number >>= 8) to[n - 1] = byte(number);
}

std::uint64_t big_endian(std::span<const char> bytes) {
  std::uint64_t out = 0;
  for (const char each : bytes) out = out << 8 | value(each);
  return out;
}

/// RFC 6455, 5.3, both ways.
void apply_mask(std::span<char> payload, const std::array<char, mask_bytes>& mask) {
  std::array<char, 2 * mask_bytes> twice{};
  std::memcpy(twice.data(), mask.data(), mask_bytes);
  std::memcpy(twice.data() + mask_bytes, mask.data(), mask_bytes);
  std::uint64_t wide = 0;
  std::memcpy(&wide, twice.data(), sizeof wide);
  auto* at = payload.data();
  auto* const end = at + payload.size();
  for (; end - at >= static_cast<std::ptrdiff_t>(sizeof wide); at += sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= wide;
    std::memcpy(at, &word, sizeof word);
  }
  for (std::size_t n = 0; at != end; ++at, ++n) *at = byte(value(*at) ^ value(mask[n % mask_bytes]));
}

/// Differs from frame to frame, which is all that a peer on this machine needs.
std::array<char, mask_bytes> next_mask() {
  static std::uint32_t random = 2463534242U;
  random ^= random << 13, random ^= random >> 17, random ^= random << 5;
  std::array<char, mask_bytes> out{};
  std::memcpy(out.data(), &random, out.size());
  return out;
}

}  // namespace

void frame_writer::begin(std::string& out) {
  begin_ = out.size();
  // Most messages have a head of this size; others are moved in the end.
  out.append(middle_head + (mine_ == role::client ? mask_bytes : 0), '\0');
}

void frame_writer::end(std::string& out, opcode what) {
  const auto mask_size = mine_ == role::client ? mask_bytes : 0;
  const auto size = out.size() - begin_ - middle_head - mask_size;
  const auto masked = mask_size == 0 ? 0 : mask_bit;
  auto head = middle_head;
  if (size <= longest_short) {
    head = 2;
    out.erase(begin_, middle_head - head);
  } else if (size > longest_middle) {
    head = long_head;
    out.insert(begin_, head - middle_head, '\0');
  }
  auto* const at = out.data() + begin_;
  at[0] = byte(final_bit | static_cast<std::uint8_t>(what));
  if (head == 2) {
    at[1] = byte(masked | size);
  } else {
    at[1] = byte(masked | (head == middle_head ? 126U : 127U));
    put_big_endian(at + 2, head - 2, size);
  }
  if (mask_size == 0) return;
  const auto mask = next_mask();
  std::memcpy(at + head, mask.data(), mask_bytes);
  apply_mask({at + head + mask_bytes, size}, mask);
}

std::uint16_t frame_reader::take(std::span<char> bytes, frame_events& events) {
  if (rest_.empty()) {
    const auto used = cut(bytes, events);
    rest_.assign(bytes.data() + used, bytes.size() - used);
    return fault_;
  }
  rest_.append(bytes.data(), bytes.size());
  if (rest_.size() < wanted_) return fault_;
  rest_.erase(0, cut(rest_, events));
  if (rest_.empty() && rest_.capacity() > kept_bytes) rest_.shrink_to_fit();
  return fault_;
}

/// Takes the whole frames at the front; how many bytes they were.
std::size_t frame_reader::cut(std::span<char> bytes, frame_events& events) {
  std::size_t used = 0;
  while (fault_ == 0) {
    const auto left = bytes.subspan(used);
    wanted_ = left.size() + 1;
    const auto next = head_of(left);
    if (!next) break;
    if (!is_allowed(*next)) {
      fault_ = protocol_error;
    } else if (next->payload + fragments_.size() > most_) {
      fault_ = message_too_big;
    } else {
      wanted_ = next->head + next->payload;
      if (left.size() < wanted_) break;
      hear(*next, left.subspan(next->head, next->payload), events);
      used += wanted_;
    }
  }
  return used;
}

/// The head at the front, when all of it is there.
std::optional<frame_reader::frame> frame_reader::head_of(std::span<const char> bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = value(bytes[0]);
  const auto second = value(bytes[1]);
  const auto masked = (second & mask_bit) != 0;
  frame out{.what = static_cast<opcode>(first & 0x0f), .final = (first & final_bit) != 0, .mask = {}};
  out.payload = second & 0x7fU;
  out.head = out.payload < 126 ? 2 : out.payload == 126 ? middle_head : long_head;
  const auto length = out.head - 2;
  const auto whole = out.head + (masked ? mask_bytes : 0);
  if ((first & reserved_bits) != 0 || masked != (mine_ == role::server)) fault_ = protocol_error;
  if (fault_ != 0 || bytes.size() < whole) return std::nullopt;
  if (length != 0) {
    const auto least = length == 2 ? longest_short : longest_middle;
    out.payload = big_endian(bytes.subspan(2, length));
    if (out.payload <= least) fault_ = protocol_error;
  }
  if (masked) std::memcpy(out.mask.data(), bytes.data() + out.head, mask_bytes);
  out.head = whole;
  if (fault_ != 0) return std::nullopt;
  return out;
}

/// RFC 6455, 5.4 and 5.5.
bool frame_reader::is_allowed(const frame& one) const {
  switch (one.what) {
    case opcode::text:
    case opcode::binary:
      return !fragmented_;
    case opcode::continuation:
      return fragmented_;
    case opcode::close:
    case opcode::ping:
    case opcode::pong:
      return one.final && one.payload <= longest_short;
  }
  return false;
}

void frame_reader::hear(const frame& one, std::span<char> payload, frame_events& events) {
  if (mine_ == role::server) apply_mask(payload, one.mask);
  const auto is_data =
      one.what == opcode::text || one.what == opcode::binary || one.what == opcode::continuation;
  if (!is_data) return events.on_control(one.what, {payload.data(), payload.size()});
  if (one.what == opcode::binary) {
    fault_ = unsupported_data;
  } else if (one.final && !fragmented_) {
    events.on_text(payload);
  } else {
    fragments_.append(payload.data(), payload.size());
    fragmented_ = !one.final;
    if (fragmented_) return;
    events.on_text(fragments_);
    fragments_.clear();
    fragments_.shrink_to_fit();
  }
}

}  // namespace tandem::bench
