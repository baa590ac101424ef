// Measures what it costs to listen to a caller: whether there is a voice, and whether keys sound.

#include "protocols/audio/tone_keys.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "tests/lab/synthesis.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <string_view>
#include <vector>

namespace tandem::bench {

namespace {

using sound = std::vector<std::int16_t>;

constexpr std::size_t frame = 160;
constexpr std::size_t seconds = 60;

/// White noise so many decibels below full scale, none for 0.
sound line(double dbfs) {
  sound out(seconds * 8000);
  std::mt19937 random(7);
  std::normal_distribution<double> normal(0, 32768 * std::pow(10, dbfs / 20));
  for (auto& sample : out) sample = dbfs == 0 ? 0 : static_cast<std::int16_t>(std::lround(normal(random)));
  return out;
}

/// Somebody speaks so much of the time on a quiet line.
sound talk(double part) {
  auto out = line(-65);
  const auto said =
      lab::make_flite_voice("awb")->speak("I would like a table for two at seven.", 8000).samples;
  const auto step = static_cast<std::size_t>(static_cast<double>(said.size()) / part);
  for (std::size_t at = 0; at + said.size() <= out.size(); at += step) {
    std::copy(said.begin(), said.end(), out.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return out;
}

/// Microseconds for each second of a call, the best of several runs.
template <class Ears>
double cost(const sound& audio) {
  double best = std::numeric_limits<double>::max();
  for (int run = 0; run < 20; ++run) {
    const auto began = std::chrono::steady_clock::now();
    Ears ears;
    for (std::size_t at = 0; at + frame <= audio.size(); at += frame)
      ears.feed(at, std::span(audio).subspan(at, frame));
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - began;
    best = std::min(best, took.count() / seconds);
  }
  return best;
}

void report(std::string_view name, const sound& audio) {
  std::printf("| %s | %.1f | %.1f |\n", name.data(), cost<voice_activity>(audio), cost<tone_keys>(audio));
}

}  // namespace

}  // namespace tandem::bench

int main() {
  using namespace tandem::bench;
  std::printf("CPU in microseconds for each second of a call\n| line | voice | keys |\n|---|---|---|\n");
  report("silent", line(0));
  report("noise of -65 dBFS", line(-65));
  report("comfort noise of -35 dBFS", line(-35));
  report("speech, a third of the time", talk(1.0 / 3));
  report("speech, all the time", talk(1));
}
