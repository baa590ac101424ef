#pragma once

#include "protocols/audio/codecs/codec.hpp"

extern "C" {
struct g722_decode_state_s;
struct g722_encode_state_s;
}

namespace tandem {

/// ITU-T G.722 at 64 kbit/s: a byte is two samples at 16 kHz. Every byte is one that an encoder can make.
class g722_decoder final : public audio_decoder {
 public:
  g722_decoder();
  bool decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) override;

 private:
  struct release {
    void operator()(g722_decode_state_s* state) const;
  };
  std::unique_ptr<g722_decode_state_s, release> state_;
};

/// The same from samples at 16 kHz; of an odd number the last is left out.
class g722_encoder final : public audio_encoder {
 public:
  g722_encoder();
  void encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) override;

 private:
  struct release {
    void operator()(g722_encode_state_s* state) const;
  };
  std::unique_ptr<g722_encode_state_s, release> state_;
};

}  // namespace tandem
