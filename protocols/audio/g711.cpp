#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

namespace tandem::g711 {
namespace {

// G.711 counts µ-law in 14 bits and A-law in 13, sign included; its finest decision in 16-bit samples:
constexpr int ulaw_shift = 2;
constexpr int alaw_shift = 4;
constexpr int ulaw_bias = 33;
constexpr int ulaw_most = 0x1fff;
constexpr int sign = 0x80;
constexpr int ulaw_mask = 0x7f;  // µ-law sends the number of its interval inverted
constexpr int alaw_mask = 0x55;  // A-law inverts every other bit

/// A negative sample's magnitude is its complement, as in ITU-T G.191, so that both signs are cut alike.
constexpr int magnitude_of(int sample) { return sample < 0 ? ~sample : sample; }

constexpr int bits_of(int magnitude) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude)));
}

constexpr int expand_ulaw(int byte) {
  const int code = (byte & 0x7f) ^ ulaw_mask;
  const int magnitude = ((((code & 15) << 1) + ulaw_bias) << (code >> 4)) - ulaw_bias;
  return (byte & sign ? magnitude : -magnitude) * (1 << ulaw_shift);
}

constexpr int compress_ulaw(int sample) {
  const int magnitude = std::min((magnitude_of(sample) >> ulaw_shift) + ulaw_bias, ulaw_most);
  const int segment = bits_of(magnitude) - 6;
  const int code = segment << 4 | (magnitude >> (segment + 1) & 15);
  return (code ^ ulaw_mask) | (sample < 0 ? 0 : sign);
}

constexpr int expand_alaw(int byte) {
  const int code = (byte & 0x7f) ^ alaw_mask;
  const int segment = code >> 4;
  const int steps = ((code & 15) << 1) + 1;
  const int magnitude = (segment == 0 ? steps : (steps + 32) << (segment - 1)) << (alaw_shift - 1);
  return byte & sign ? magnitude : -magnitude;
}

constexpr int compress_alaw(int sample) {
  const int magnitude = magnitude_of(sample) >> alaw_shift;
  const int segment = std::max(bits_of(magnitude) - 4, 0);
  const int code = segment << 4 | (magnitude >> std::max(segment - 1, 0) & 15);
  return (code ^ alaw_mask) | (sample < 0 ? 0 : sign);
}

template <class Value, std::size_t size, class Function>
constexpr std::array<Value, size> table_of(Function function) {
  std::array<Value, size> table{};
  for (std::size_t i = 0; i < size; ++i) table[i] = static_cast<Value>(function(static_cast<int>(i)));
  return table;
}

/// The sample that stands for all that share an entry of a compression table.
constexpr int sample_of(int entry, int shift) {
  return (entry << shift) - (entry << shift < 32768 ? 0 : 65536);
}

using bytes = std::array<std::uint8_t, 256>;

constexpr auto ulaw_samples = table_of<std::int16_t, 256>(expand_ulaw);
constexpr auto alaw_samples = table_of<std::int16_t, 256>(expand_alaw);
constexpr auto ulaw_bytes = table_of<std::uint8_t, (65536 >> ulaw_shift)>(
    [](int entry) { return compress_ulaw(sample_of(entry, ulaw_shift)); });
constexpr auto alaw_bytes = table_of<std::uint8_t, (65536 >> alaw_shift)>(
    [](int entry) { return compress_alaw(sample_of(entry, alaw_shift)); });
constexpr bytes alaw_as_ulaw =
    table_of<std::uint8_t, 256>([](int byte) { return compress_ulaw(expand_alaw(byte)); });
constexpr bytes ulaw_as_alaw =
    table_of<std::uint8_t, 256>([](int byte) { return compress_alaw(expand_ulaw(byte)); });

template <class From, class To, class Function>
void each(std::span<From> from, std::span<To> to, Function function) {
  const std::size_t count = std::min(from.size(), to.size());
  for (std::size_t i = 0; i < count; ++i) to[i] = function(from[i]);
}

}  // namespace

std::int16_t from_ulaw(std::uint8_t byte) { return ulaw_samples[byte]; }
std::int16_t from_alaw(std::uint8_t byte) { return alaw_samples[byte]; }

std::uint8_t to_ulaw(std::int16_t sample) {
  return ulaw_bytes[static_cast<std::uint16_t>(sample) >> ulaw_shift];
}
std::uint8_t to_alaw(std::int16_t sample) {
  return alaw_bytes[static_cast<std::uint16_t>(sample) >> alaw_shift];
}

void decode_ulaw(std::span<const std::uint8_t> bytes, std::span<std::int16_t> samples) {
  each(bytes, samples, from_ulaw);
}

void decode_alaw(std::span<const std::uint8_t> bytes, std::span<std::int16_t> samples) {
  each(bytes, samples, from_alaw);
}

void encode_ulaw(std::span<const std::int16_t> samples, std::span<std::uint8_t> bytes) {
  each(samples, bytes, to_ulaw);
}

void encode_alaw(std::span<const std::int16_t> samples, std::span<std::uint8_t> bytes) {
  each(samples, bytes, to_alaw);
}

void alaw_to_ulaw(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
  each(in, out, [](std::uint8_t byte) { return alaw_as_ulaw[byte]; });
}

void ulaw_to_alaw(std::span<const std::uint8_t> in, std::span<std::uint8_t> out) {
  each(in, out, [](std::uint8_t byte) { return ulaw_as_alaw[byte]; });
}

}  // namespace tandem::g711
