#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// RIFF/WAVE, as much as recordings and test speech need.
namespace tandem::wav {

/// What one sample is.
enum class coding : std::uint8_t { pcm16, alaw, ulaw };

/// How audio is laid out; samples of several channels alternate.
struct format {
  coding samples = coding::pcm16;
  std::uint16_t channels = 1;
  std::uint32_t rate = 8000;  ///< frames per second

  /// Bytes of one sample of every channel.
  std::uint32_t frame_bytes() const { return channels * (samples == coding::pcm16 ? 2u : 1u); }
  bool operator==(const format&) const = default;
};

/// The bytes before so many bytes of audio; its size depends on the format alone, so it can be written again
/// when the length is known. An odd number of audio bytes wants one zero byte after them.
std::vector<std::uint8_t> header(const format& layout, std::uint32_t audio_bytes);

/// Audio found in a file.
struct content {
  format layout;
  std::span<const std::uint8_t> audio;  ///< points into the file; whole frames; PCM is little-endian
};

/// Finds format and audio in a file, also one that was cut or never got its length; nothing when it is no
/// WAVE of these codings with at least one channel and a rate.
std::optional<content> read(std::span<const std::uint8_t> file);

}  // namespace tandem::wav
