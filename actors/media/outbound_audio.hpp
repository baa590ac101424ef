#pragma once

#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/codecs/codec.hpp"
#include "protocols/telnyx/media.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tandem {

/// The agent's half of one stream of the carrier whose codec the synthesiser does not speak: whole frames of
/// 20 ms become the payloads of messages.
class outbound_audio {
 public:
  /// `inbound` is what the carrier said of its own direction, whose rate L16 has in both.
  outbound_audio(telnyx::codec codec, const telnyx::media_format& inbound, const l16_order& order);

  /// Gives each payload of `audio`, which is PCM at 16 kHz, to `send`.
  template <class Send>
  void encode(std::span<const std::uint8_t> audio, Send&& send) {
    while (!audio.empty()) {
      const auto piece = audio.first(std::min(audio.size(), most_));
      audio = audio.subspan(piece.size());
      if (const auto payload = payload_of(piece); !payload.empty()) send(payload);
    }
  }

 private:
  std::span<const std::uint8_t> payload_of(std::span<const std::uint8_t> audio);

  std::size_t most_;  // bytes of audio that one message holds
  std::unique_ptr<audio_encoder> encoder_;
  std::vector<std::int16_t> samples_;
  std::vector<std::uint8_t> payload_;
};

}  // namespace tandem
