#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tandem::lab {

/// What a frame of load says of itself, in the lowest bits of its first bytes, where nobody hears it.
struct frame_tag {
  std::uint32_t call = 0;    ///< 24 bits
  std::uint32_t number = 0;  ///< of the frame in its call and direction, from 0; 24 bits
  std::uint16_t sound = 0;   ///< which sound of the book the rest of the frame is
  std::uint32_t sent = 0;    ///< microseconds of `load_clock`, 28 bits

  bool operator==(const frame_tag&) const = default;
};

/// Bytes whose lowest bit belongs to the tag.
inline constexpr std::size_t tag_bytes = 128;

/// Writes a tag into the first `tag_bytes` of a frame.
void write_tag(std::span<std::uint8_t> frame, const frame_tag& tag);

/// The tag that begins here; nothing when there is none, or fewer than `tag_bytes`.
std::optional<frame_tag> read_tag(std::span<const std::uint8_t> bytes);

/// Microseconds since some moment before the start, as tags carry them.
std::uint32_t load_clock();

/// Microseconds from one reading of `load_clock` to a later one.
constexpr std::uint32_t load_time_between(std::uint32_t from, std::uint32_t to) {
  return (to - from) & 0x0fffffffU;
}

}  // namespace tandem::lab
