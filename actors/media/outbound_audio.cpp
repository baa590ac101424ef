#include "actors/media/outbound_audio.hpp"

#include "protocols/audio/codecs/l16.hpp"
#include "protocols/telnyx/call_control.hpp"

#include <limits>

namespace tandem {

namespace {

std::uint32_t stream_rate(telnyx::codec codec, const telnyx::media_format& inbound) {
  const bool said = codec == inbound.encoding && inbound.sample_rate != 0;
  return said ? inbound.sample_rate : telnyx::sampling_rate(codec);
}

}  // namespace

outbound_audio::outbound_audio(telnyx::codec codec, const telnyx::media_format& inbound,
                               const l16_order& order)
    // A message is one frame of Opus, and any length of the others.
    : most_(codec == telnyx::codec::opus ? std::size_t{20} * pcm_16000.bytes_per_ms()
                                         : std::numeric_limits<std::size_t>::max()),
      encoder_(make_encoder(codec, stream_rate(codec, inbound), pcm_16000.rate, order)) {}

std::span<const std::uint8_t> outbound_audio::payload_of(std::span<const std::uint8_t> audio) {
  l16::decode(audio, byte_order::little, samples_);
  encoder_->encode(samples_, payload_);
  return payload_;
}

}  // namespace tandem
