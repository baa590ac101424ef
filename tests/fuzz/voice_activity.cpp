#include "protocols/audio/voice_activity.hpp"

#include <cmath>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

/// Whatever is heard, in whatever pieces and with whatever holes: beginnings and ends alternate, each known
/// only after it happened, and the noise floor stays a level.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  voice_activity_settings settings;
  settings.rate = input.ConsumeBool() ? 16000 : 8000;
  settings.onset_ms = input.ConsumeIntegralInRange<std::uint32_t>(20, 200);
  settings.release_ms = input.ConsumeIntegralInRange<std::uint32_t>(20, 400);
  if (!settings.validate().empty()) std::abort();
  voice_activity detector(settings);
  bool speaking = false;
  const auto check = [&](std::span<const voice_change> changes, std::uint64_t until) {
    for (const auto& change : changes) {
      if ((change.what == voice_change::kind::started) == speaking) std::abort();
      if (change.position >= change.decided_at || change.decided_at > until) std::abort();
      speaking = !speaking;
    }
    if (speaking != detector.speaking() || !(detector.noise_dbfs() >= -70 && detector.noise_dbfs() <= -15))
      std::abort();
  };
  std::uint64_t position = 0;
  while (input.remaining_bytes() != 0) {
    if (input.ConsumeIntegralInRange(0, 15) == 0)
      position = input.ConsumeIntegralInRange<std::uint64_t>(0, 1U << 30);
    const auto seed = input.ConsumeIntegral<std::uint32_t>();
    std::vector<std::int16_t> samples(input.ConsumeIntegralInRange<std::size_t>(0, 3000));
    std::uint32_t state = seed | 1;
    for (auto& sample : samples) {
      state = state * 1664525 + 1013904223;
      sample = static_cast<std::int16_t>(static_cast<std::int32_t>(state) >> (16 + seed % 12));
    }
    detector.disregard((seed & 7) == 0);
    if (seed & 16) {
      const std::vector<std::uint8_t> bytes(samples.begin(), samples.end());
      check(detector.feed_ulaw(position, bytes), position + bytes.size());
    } else {
      check(detector.feed(position, samples), position + samples.size());
    }
    position += samples.size();
  }
  return 0;
}
