#pragma once

#include <cstdint>
#include <span>

/// ITU-T G.711 by table: one byte a sample at 8 kHz, µ-law or A-law, to and from 16-bit linear PCM.
/// Every function writes as many elements as the shorter of its two spans has.
namespace tandem::g711 {

/// A byte of silence; the smallest positive value of each law.
inline constexpr std::uint8_t ulaw_silence = 0xff;
inline constexpr std::uint8_t alaw_silence = 0xd5;

/// The 16-bit value of a byte.
std::int16_t from_ulaw(std::uint8_t byte);
std::int16_t from_alaw(std::uint8_t byte);

/// The byte of a 16-bit value; what is louder than the law knows is clipped.
std::uint8_t to_ulaw(std::int16_t sample);
std::uint8_t to_alaw(std::int16_t sample);

void decode_ulaw(std::span<const std::uint8_t> bytes, std::span<std::int16_t> samples);
void decode_alaw(std::span<const std::uint8_t> bytes, std::span<std::int16_t> samples);
void encode_ulaw(std::span<const std::int16_t> samples, std::span<std::uint8_t> bytes);
void encode_alaw(std::span<const std::int16_t> samples, std::span<std::uint8_t> bytes);

/// From one law to the other; `out` may be the same memory as `in`.
void alaw_to_ulaw(std::span<const std::uint8_t> in, std::span<std::uint8_t> out);
void ulaw_to_alaw(std::span<const std::uint8_t> in, std::span<std::uint8_t> out);

}  // namespace tandem::g711
