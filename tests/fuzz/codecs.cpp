#include "protocols/audio/codecs/codec.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/audio/whole_samples.hpp"

#include <array>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

namespace {

/// Samples that a frame of so many bytes can hold at 16 kHz at most.
std::size_t most_samples(telnyx::codec codec, std::uint32_t rate, std::size_t bytes) {
  if (codec == telnyx::codec::opus) return 1920;
  if (codec == telnyx::codec::l16) return bytes / 2 * 16000 / rate + 1000;
  return 2 * bytes + 1000;
}

/// Bytes in any pieces are the same whole samples.
void put_together(const std::vector<std::uint8_t>& bytes, FuzzedDataProvider& input) {
  whole_samples halves(2);
  std::vector<std::uint8_t> all;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto size = std::min(input.ConsumeIntegralInRange<std::size_t>(1, 9), bytes.size() - at);
    const auto whole = halves.take(std::span(bytes).subspan(at, size));
    all.insert(all.end(), whole.begin(), whole.end());
    at += size;
  }
  if (all.size() != bytes.size() / 2 * 2 || !std::equal(all.begin(), all.end(), bytes.begin())) std::abort();
}

}  // namespace

/// Any bytes in any codec and at any rate: samples or a refusal, never more than fit, and what was decoded
/// can be encoded again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using telnyx::codec;
  constexpr std::array<codec, 7> codecs{codec::unknown, codec::pcmu,   codec::pcma, codec::g722,
                                        codec::opus,    codec::amr_wb, codec::l16};
  FuzzedDataProvider input(data, size);
  telnyx::media_format format;
  format.encoding = codecs[input.ConsumeIntegralInRange<std::size_t>(0, codecs.size() - 1)];
  format.sample_rate = input.ConsumeBool() ? input.ConsumeIntegralInRange<std::uint32_t>(0, 50000)
                                           : input.PickValueInArray({0U, 8000U, 16000U, 24000U, 48000U});
  format.channels = input.ConsumeIntegralInRange<std::uint32_t>(0, 2);
  const std::uint32_t rate = input.ConsumeBool() ? 8000 : 16000;
  l16_order order;
  const auto decoder = make_decoder(format, rate, order);
  if ((decoder != nullptr) != can_decode(format)) std::abort();
  if (!decoder) return 0;
  const auto encoder = make_encoder(format.encoding, format.sample_rate, rate, order);
  if (!encoder) std::abort();
  const auto stream_rate = format.sample_rate == 0 ? 16000 : format.sample_rate;
  std::vector<std::int16_t> samples;
  std::vector<std::uint8_t> again;
  while (input.remaining_bytes() != 0) {
    const auto frame = input.ConsumeBytes<std::uint8_t>(input.ConsumeIntegralInRange<std::size_t>(0, 700));
    if (!decoder->decode(frame, samples) && !samples.empty() && format.encoding == codec::opus) std::abort();
    if (samples.size() > most_samples(format.encoding, stream_rate, frame.size())) std::abort();
    encoder->encode(samples, again);
    put_together(frame, input);
  }
  return 0;
}
