#include "protocols/audio/tone_keys.hpp"

#include "protocols/conversation/key_entry.hpp"
#include "tests/lab/dtmf_tones.hpp"

#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

/// Whatever is heard, at either rate, in whatever pieces and with whatever holes: keys are keys, in order,
/// and began before the end of what was heard; silence ends them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const std::uint32_t rate = input.ConsumeBool() ? 16000 : 8000;
  tone_keys ears(rate);
  std::uint64_t position = 0;
  const auto check = [&](std::span<const tone_key> keys, std::uint64_t until) {
    std::uint64_t last = 0;
    for (const auto& each : keys) {
      if (!turns::key_entry::is_key(each.key) || each.position > until || each.position < last) std::abort();
      last = each.position;
    }
  };
  while (input.remaining_bytes() != 0) {
    if (input.ConsumeIntegralInRange(0, 15) == 0)
      position = input.ConsumeIntegralInRange<std::uint64_t>(0, 1U << 30);
    std::vector<std::int16_t> samples(input.ConsumeIntegralInRange<std::size_t>(0, 3000));
    const auto kind = input.ConsumeIntegral<std::uint8_t>();
    if (kind < 128) {
      lab::dtmf_tones("0123456789*#ABCD"[kind % 16], 0, samples, 200 * (1 + kind / 16), rate);
    } else {
      std::uint32_t state = kind;
      for (auto& sample : samples) {
        state = state * 1664525 + 1013904223;
        sample = static_cast<std::int16_t>(static_cast<std::int32_t>(state) >> (16 + kind % 12));
      }
    }
    check(ears.feed(position, samples), position + samples.size());
    position += samples.size();
  }
  const std::vector<std::int16_t> silence(8000);
  check(ears.feed(position, silence), position + silence.size());
  if (ears.is_sounding()) std::abort();
  return 0;
}
