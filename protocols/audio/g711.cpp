#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

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

#ifdef __SSSE3__

constexpr std::size_t block = 16;

/// `expand_ulaw` of sixteen bytes.
void expand_ulaw_block(const std::uint8_t* from, std::int16_t* to) {
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  const auto codes = _mm_xor_si128(bytes, _mm_set1_epi8(ulaw_mask));
  const auto segments = _mm_and_si128(_mm_srli_epi16(codes, 4), _mm_set1_epi8(7));
  const auto factors =
      _mm_shuffle_epi8(_mm_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0, 0, 0, 0, 0), segments);
  constexpr auto bias = static_cast<std::int16_t>(ulaw_bias << ulaw_shift);
  const auto steps =
      _mm_and_si128(_mm_slli_epi16(codes, 1 + ulaw_shift), _mm_set1_epi8(15 << (1 + ulaw_shift)));
  const auto biased = _mm_add_epi8(steps, _mm_set1_epi8(static_cast<char>(bias)));
  const auto none = _mm_setzero_si128();
  const auto negative =
      _mm_cmpgt_epi8(_mm_set1_epi8(0), _mm_xor_si128(bytes, _mm_set1_epi8(static_cast<char>(sign))));
  const auto expand = [&](__m128i some, __m128i times, __m128i minus, std::int16_t* where) {
    const auto magnitude = _mm_sub_epi16(_mm_mullo_epi16(some, times), _mm_set1_epi16(bias));
    const auto samples = _mm_sub_epi16(_mm_xor_si128(magnitude, minus), minus);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(where), samples);
  };
  expand(_mm_unpacklo_epi8(biased, none), _mm_unpacklo_epi8(factors, none),
         _mm_unpacklo_epi8(negative, negative), to);
  expand(_mm_unpackhi_epi8(biased, none), _mm_unpackhi_epi8(factors, none),
         _mm_unpackhi_epi8(negative, negative), to + block / 2);
}

#endif

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
  std::size_t done = 0;
#ifdef __SSSE3__
  for (; std::min(bytes.size(), samples.size()) - done >= block; done += block) {
    expand_ulaw_block(bytes.data() + done, samples.data() + done);
  }
#endif
  each(bytes.subspan(done), samples.subspan(done), from_ulaw);
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
