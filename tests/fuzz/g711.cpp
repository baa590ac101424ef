#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

using namespace tandem;

/// Any bytes are audio in either law; what was decoded is encoded as it was, but for the two zeros of µ-law,
/// and no span is left by a byte whatever the other one's length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> bytes(data, data + size);
  std::vector<std::int16_t> samples(size);
  std::vector<std::uint8_t> again(size);
  g711::decode_alaw(bytes, samples);
  g711::encode_alaw(samples, again);
  if (again != bytes) std::abort();
  g711::decode_ulaw(bytes, samples);
  g711::encode_ulaw(samples, again);
  for (std::size_t i = 0; i < size; ++i)
    if (g711::from_ulaw(again[i]) != samples[i]) std::abort();
  g711::ulaw_to_alaw(bytes, again);
  g711::alaw_to_ulaw(again, again);
  const auto fewer = size == 0 ? 0 : data[0] % size;
  std::vector<std::int16_t> short_samples(fewer);
  g711::decode_ulaw(bytes, short_samples);
  g711::decode_alaw(bytes, short_samples);
  again.resize(fewer);
  g711::encode_ulaw(samples, again);
  g711::encode_alaw(samples, again);
  g711::alaw_to_ulaw(bytes, again);
  return 0;
}
