#pragma once

#include "protocols/telnyx/media.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tandem {

class l16_order;

/// Makes samples of one stream's frames, which it is given in order; what was lost between them is for its
/// owner to fill.
class audio_decoder {
 public:
  virtual ~audio_decoder() = default;

  /// Replaces what `samples` held by those of the frame; false, and none, when it is no frame of the codec.
  virtual bool decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) = 0;
};

/// Makes the frames of one stream of samples.
class audio_encoder {
 public:
  virtual ~audio_encoder() = default;

  /// Replaces what `frame` held by the bytes of the samples: 20 ms of them, or any multiple where the codec's
  /// frames have no length of their own.
  virtual void encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) = 0;
};

/// Whether a stream in this format can be decoded.
bool can_decode(const telnyx::media_format& format);

/// A decoder that gives so many samples per second, whatever the stream has. L16 is read in the order found,
/// which it helps to find and which must live as long. Nothing when it cannot be decoded.
std::unique_ptr<audio_decoder> make_decoder(const telnyx::media_format& format, std::uint32_t rate,
                                            l16_order& order);

/// An encoder that is given so many samples per second for a codec whose stream has `stream_rate`, which is
/// of L16 alone. Nothing for a codec that cannot be encoded.
std::unique_ptr<audio_encoder> make_encoder(telnyx::codec codec, std::uint32_t stream_rate,
                                            std::uint32_t rate, const l16_order& order);

}  // namespace tandem
