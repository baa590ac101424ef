// Measures what a second of audio costs each codec: the caller's way (decode, and resample to what the call
// is heard in) and the agent's (encode), in milliseconds of CPU.

#include "protocols/audio/codecs/codec.hpp"
#include "protocols/audio/codecs/l16.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace tandem::bench {

namespace {

constexpr std::size_t seconds = 20;
constexpr unsigned times = 7;

/// Something that swells and fades as a voice does.
std::vector<std::int16_t> voice(std::uint32_t rate) {
  std::vector<std::int16_t> all(seconds * rate);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto at = static_cast<double>(i) / rate;
    double sum = 0;
    for (int n = 1; n <= 25; ++n) sum += std::sin(2 * std::numbers::pi * 120 * n * at + n * n) / n;
    all[i] = static_cast<std::int16_t>(3000 * (0.55 - 0.45 * std::cos(2 * std::numbers::pi * 4 * at)) * sum);
  }
  return all;
}

/// The median, in milliseconds of CPU for a second of audio.
template <class Work>
double cost(Work&& work) {
  std::array<double, times> took{};
  for (auto& each : took) {
    const auto begin = std::clock();
    work();
    each = 1000.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / seconds;
  }
  std::nth_element(took.begin(), took.begin() + times / 2, took.end());
  return took[times / 2];
}

void measure(telnyx::codec name, std::uint32_t heard_rate) {
  const std::uint32_t stream_rate = name == telnyx::codec::pcmu || name == telnyx::codec::pcma ? 8000 : 16000;
  const auto said = voice(stream_rate);
  const std::size_t frame = stream_rate / 50;
  l16_order order;
  std::vector<std::vector<std::uint8_t>> frames(seconds * 50);
  const auto encode = cost([&] {
    const auto encoder = make_encoder(name, stream_rate, stream_rate, order);
    for (std::size_t i = 0; i < frames.size(); ++i)
      encoder->encode(std::span(said).subspan(i * frame, frame), frames[i]);
  });
  std::vector<std::int16_t> samples;
  const auto decode = cost([&] {
    const auto decoder = make_decoder({name, 0, 1}, heard_rate, order);
    for (const auto& each : frames) decoder->decode(each, samples);
  });
  std::printf("| %s | %u | %.3f | %.3f | %.3f |\n", std::string(telnyx::to_string(name)).c_str(), heard_rate,
              decode, encode, decode + encode);
}

}  // namespace

}  // namespace tandem::bench

int main() {
  using tandem::telnyx::codec;
  std::printf("| codec | heard at | decode | encode | both |\n|---|---|---|---|---|\n");
  for (const auto name : {codec::pcmu, codec::pcma, codec::g722, codec::l16, codec::opus}) {
    for (const std::uint32_t rate : {8000U, 16000U}) tandem::bench::measure(name, rate);
  }
}
