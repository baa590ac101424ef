#include "tests/lab/load/frame_tag.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstring>

namespace tandem::lab {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t lowest_bits = 0x0101010101010101ULL;
constexpr std::size_t packed_bytes = tag_bytes / 8;

/// Each bit of a byte as the lowest bit of a byte of its own.
constexpr auto spread = [] {
  std::array<std::uint64_t, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    for (std::size_t bit = 0; bit < 8; ++bit) table[byte] |= std::uint64_t{byte >> bit & 1} << (8 * bit);
  }
  return table;
}();

using packed = std::array<std::uint8_t, packed_bytes>;

packed pack(const frame_tag& tag) {
  const auto first = (tag.call & 0xffffffULL) | (tag.number & 0xffffffULL) << 24 |
                     static_cast<std::uint64_t>(tag.sound) << 48;
  const auto sent = tag.sent & 0x0fffffffULL;
  const auto mixed = (first ^ sent * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
  const auto second = sent | (mixed >> 28) << 28;
  packed out{};
  std::memcpy(out.data(), &first, 8);
  std::memcpy(out.data() + 8, &second, packed_bytes - 8);
  return out;
}

}  // namespace

void write_tag(std::span<std::uint8_t> frame, const frame_tag& tag) {
  const auto bytes = pack(tag);
  for (std::size_t i = 0; i < packed_bytes; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, frame.data() + 8 * i, 8);
    word = (word & ~lowest_bits) | spread[bytes[i]];
    std::memcpy(frame.data() + 8 * i, &word, 8);
  }
}

std::optional<frame_tag> read_tag(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < tag_bytes) return std::nullopt;
  packed found{};
  for (std::size_t i = 0; i < packed_bytes; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + 8 * i, 8);
    found[i] = static_cast<std::uint8_t>((word & lowest_bits) * 0x0102040810204080ULL >> 56);
  }
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::memcpy(&first, found.data(), 8);
  std::memcpy(&second, found.data() + 8, packed_bytes - 8);
  const frame_tag tag{.call = static_cast<std::uint32_t>(first & 0xffffff),
                      .number = static_cast<std::uint32_t>(first >> 24 & 0xffffff),
                      .sound = static_cast<std::uint16_t>(first >> 48),
                      .sent = static_cast<std::uint32_t>(second & 0x0fffffff)};
  return pack(tag) == found ? std::optional(tag) : std::nullopt;
}

std::uint32_t load_clock() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count() &
                                    0x0fffffff);
}

}  // namespace tandem::lab
