#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// How samples travel in ElevenLabs' `audio_format` and `output_format`; PCM is little-endian.
struct sound_format {
  enum class coding : std::uint8_t { pcm, ulaw, alaw };

  coding samples = coding::ulaw;
  unsigned rate = 8000;

  unsigned sample_bytes() const { return samples == coding::pcm ? 2 : 1; }
};

/// ulaw_8000, alaw_8000, pcm_8000 or pcm_16000: what the lab's engines can do.
std::optional<sound_format> sound_format_of(std::string_view name);

/// Whole samples only; an odd last byte of PCM is left out.
std::vector<std::int16_t> decode_sound(sound_format format, std::span<const std::uint8_t> bytes);

std::vector<std::uint8_t> encode_sound(sound_format format, std::span<const std::int16_t> samples);

}  // namespace tandem::lab
