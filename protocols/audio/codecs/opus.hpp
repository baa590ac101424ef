#pragma once

#include "protocols/audio/codecs/codec.hpp"

struct OpusDecoder;
struct OpusEncoder;

namespace tandem {

/// Opus (RFC 6716), a packet a frame, at any rate that Opus has: 8000, 12000, 16000, 24000 or 48000.
class opus_decoder final : public audio_decoder {
 public:
  explicit opus_decoder(std::uint32_t rate);
  bool decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) override;

 private:
  struct release {
    void operator()(OpusDecoder* state) const;
  };
  std::unique_ptr<OpusDecoder, release> state_;
  std::size_t longest_;  // samples of a packet
};

/// The same, for speech; a frame is 20 ms, and what cannot be one gives none.
class opus_encoder final : public audio_encoder {
 public:
  explicit opus_encoder(std::uint32_t rate);
  void encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) override;

 private:
  struct release {
    void operator()(OpusEncoder* state) const;
  };
  std::unique_ptr<OpusEncoder, release> state_;
};

}  // namespace tandem
