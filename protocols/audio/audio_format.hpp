#pragma once

#include "protocols/audio/g711.hpp"
#include "protocols/telnyx/media.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem {

/// How audio is written on the way to Scribe and from the synthesiser: one channel, whole samples.
struct audio_format {
  std::string_view name;           ///< as ElevenLabs' settings call it
  std::uint32_t rate = 8000;       ///< samples per second
  std::uint32_t sample_bytes = 1;  ///< two are little-endian PCM, one is G.711
  std::uint8_t silence = 0;        ///< every byte of it

  constexpr std::uint32_t samples_per_ms() const { return rate / 1000; }
  constexpr std::uint32_t bytes_per_ms() const { return samples_per_ms() * sample_bytes; }
  constexpr bool is_pcm() const { return sample_bytes == 2; }

  bool operator==(const audio_format&) const = default;
};

inline constexpr audio_format ulaw_8000{"ulaw_8000", 8000, 1, g711::ulaw_silence};
inline constexpr audio_format alaw_8000{"alaw_8000", 8000, 1, g711::alaw_silence};
inline constexpr audio_format pcm_16000{"pcm_16000", 16000, 2, 0};

/// Whether a codec carries more than a telephone's 300 to 3400 Hz.
constexpr bool is_wideband(telnyx::codec name) {
  return name == telnyx::codec::g722 || name == telnyx::codec::opus || name == telnyx::codec::l16;
}

/// How the caller of a call that is configured for this codec is heard, whatever the stream comes in: Scribe
/// knows no A-law.
constexpr const audio_format& heard_format(telnyx::codec configured) {
  return is_wideband(configured) ? pcm_16000 : ulaw_8000;
}

/// How its agent is spoken.
constexpr const audio_format& spoken_format(telnyx::codec configured) {
  return configured == telnyx::codec::pcma ? alaw_8000 : heard_format(configured);
}

}  // namespace tandem
