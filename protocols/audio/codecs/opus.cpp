#include "protocols/audio/codecs/opus.hpp"

#include <algorithm>
#include <opus/opus.h>

namespace tandem {

namespace {

constexpr std::uint32_t longest_packet_ms = 120;
constexpr std::size_t largest_packet = 1275;
// Enough for wideband speech.
constexpr int bit_rate = 24000;
// Of 0 to 10: 5 takes twice the CPU to be 4 dB nearer.
constexpr int complexity = 1;

}  // namespace

opus_decoder::opus_decoder(std::uint32_t rate)
    : state_(opus_decoder_create(static_cast<opus_int32>(rate), 1, nullptr)),
      longest_(std::size_t{longest_packet_ms} * rate / 1000) {}

void opus_decoder::release::operator()(OpusDecoder* state) const { opus_decoder_destroy(state); }

bool opus_decoder::decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) {
  samples.resize(longest_);
  // Nothing to decode would ask for something in place of a lost packet.
  const int made = !state_ || frame.empty()
                       ? OPUS_INVALID_PACKET
                       : opus_decode(state_.get(), frame.data(), static_cast<opus_int32>(frame.size()),
                                     samples.data(), static_cast<int>(samples.size()), 0);
  samples.resize(static_cast<std::size_t>(std::max(made, 0)));
  return made > 0;
}

opus_encoder::opus_encoder(std::uint32_t rate)
    // What a microphone would have to be freed of is not in a synthesiser's voice.
    : state_(opus_encoder_create(static_cast<opus_int32>(rate), 1, OPUS_APPLICATION_AUDIO, nullptr)) {
  if (!state_) return;
  opus_encoder_ctl(state_.get(), OPUS_SET_BITRATE(bit_rate));
  opus_encoder_ctl(state_.get(), OPUS_SET_COMPLEXITY(complexity));
  opus_encoder_ctl(state_.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
}

void opus_encoder::release::operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }

void opus_encoder::encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) {
  frame.resize(largest_packet);
  const int made = !state_ ? OPUS_INVALID_STATE
                           : opus_encode(state_.get(), samples.data(), static_cast<int>(samples.size()),
                                         frame.data(), static_cast<opus_int32>(frame.size()));
  frame.resize(static_cast<std::size_t>(std::max(made, 0)));
}

}  // namespace tandem
