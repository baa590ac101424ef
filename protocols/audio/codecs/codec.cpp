#include "protocols/audio/codecs/codec.hpp"

#include "protocols/audio/codecs/g722.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/audio/codecs/opus.hpp"
#include "protocols/audio/codecs/resampler.hpp"
#include "protocols/audio/g711.hpp"

#include <utility>

namespace tandem {

namespace {

using telnyx::codec;

constexpr std::uint32_t narrow = 8000;
constexpr std::uint32_t wide = 16000;
constexpr std::uint32_t highest = 48000;

class g711_decoder final : public audio_decoder {
 public:
  explicit g711_decoder(bool alaw) : alaw_(alaw) {}
  bool decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) override {
    samples.resize(frame.size());
    alaw_ ? g711::decode_alaw(frame, samples) : g711::decode_ulaw(frame, samples);
    return !frame.empty();
  }

 private:
  bool alaw_;
};

class g711_encoder final : public audio_encoder {
 public:
  explicit g711_encoder(bool alaw) : alaw_(alaw) {}
  void encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) override {
    frame.resize(samples.size());
    alaw_ ? g711::encode_alaw(samples, frame) : g711::encode_ulaw(samples, frame);
  }

 private:
  bool alaw_;
};

class resampling_decoder final : public audio_decoder {
 public:
  resampling_decoder(std::unique_ptr<audio_decoder> inner, std::uint32_t from, std::uint32_t to)
      : inner_(std::move(inner)), resampler_(from, to) {}
  bool decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) override {
    samples.clear();
    if (!inner_->decode(frame, decoded_)) return false;
    resampler_.convert(decoded_, samples);
    return true;
  }

 private:
  std::unique_ptr<audio_decoder> inner_;
  resampler resampler_;
  std::vector<std::int16_t> decoded_;
};

class resampling_encoder final : public audio_encoder {
 public:
  resampling_encoder(std::unique_ptr<audio_encoder> inner, std::uint32_t from, std::uint32_t to)
      : inner_(std::move(inner)), resampler_(from, to) {}
  void encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) override {
    resampler_.convert(samples, resampled_);
    inner_->encode(resampled_, frame);
  }

 private:
  std::unique_ptr<audio_encoder> inner_;
  resampler resampler_;
  std::vector<std::int16_t> resampled_;
};

/// The rate of the samples that a stream's frames are made of; Opus has any.
std::uint32_t rate_of(const telnyx::media_format& format, std::uint32_t wanted) {
  switch (format.encoding) {
    case codec::opus:
      return wanted;
    case codec::g722:
      return wide;
    case codec::l16:
      return format.sample_rate == 0 ? wide : format.sample_rate;
    default:
      return narrow;
  }
}

}  // namespace

bool can_decode(const telnyx::media_format& format) {
  // What is not said is as it always is.
  const auto rate = format.sample_rate;
  switch (format.encoding) {
    case codec::pcmu:
    case codec::pcma:
      return (rate == 0 || rate == narrow) && format.channels <= 1;
    case codec::g722:
      // Its clock is said to be 8 kHz for historical reasons (RFC 3551).
      return (rate == 0 || rate == narrow || rate == wide) && format.channels <= 1;
    case codec::l16:
      return (rate == 0 || (rate >= narrow && rate <= highest)) && format.channels <= 1;
    case codec::opus:
      // Neither rate nor channels say anything about its packets (RFC 7587).
      return true;
    case codec::amr_wb:
    case codec::unknown:
      break;
  }
  return false;
}

std::unique_ptr<audio_decoder> make_decoder(const telnyx::media_format& format, std::uint32_t rate,
                                            l16_order& order) {
  if (!can_decode(format)) return nullptr;
  const auto stream_rate = rate_of(format, rate);
  std::unique_ptr<audio_decoder> decoder;
  if (format.encoding == codec::opus) decoder = std::make_unique<opus_decoder>(stream_rate);
  if (format.encoding == codec::g722) decoder = std::make_unique<g722_decoder>();
  if (format.encoding == codec::l16) decoder = std::make_unique<l16_decoder>(stream_rate, order);
  if (!decoder) decoder = std::make_unique<g711_decoder>(format.encoding == codec::pcma);
  if (stream_rate == rate) return decoder;
  return std::make_unique<resampling_decoder>(std::move(decoder), stream_rate, rate);
}

std::unique_ptr<audio_encoder> make_encoder(codec name, std::uint32_t stream_rate, std::uint32_t rate,
                                            const l16_order& order) {
  const telnyx::media_format format{.encoding = name, .sample_rate = name == codec::l16 ? stream_rate : 0};
  if (!can_decode(format)) return nullptr;
  const auto wanted = rate_of(format, rate);
  std::unique_ptr<audio_encoder> encoder;
  if (name == codec::opus) encoder = std::make_unique<opus_encoder>(wanted);
  if (name == codec::g722) encoder = std::make_unique<g722_encoder>();
  if (name == codec::l16) encoder = std::make_unique<l16_encoder>(order);
  if (!encoder) encoder = std::make_unique<g711_encoder>(name == codec::pcma);
  if (wanted == rate) return encoder;
  return std::make_unique<resampling_encoder>(std::move(encoder), rate, wanted);
}

}  // namespace tandem
