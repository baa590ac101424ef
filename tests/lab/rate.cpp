#include "tests/lab/rate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace tandem::lab {

namespace {

constexpr int reach = 48;

/// A windowed sinc: flat to 3.4 kHz, 60 dB down from 4 kHz on.
const std::array<float, 2 * reach + 1>& low_pass() {
  static const auto taps = [] {
    std::array<float, 2 * reach + 1> made{};
    constexpr double cut = 3700.0 / 16000.0;
    double sum = 0;
    for (int i = -reach; i <= reach; ++i) {
      auto x = std::numbers::pi * i;
      auto sinc = i == 0 ? 2 * cut : std::sin(2 * cut * x) / x;
      auto window = 0.42 + 0.5 * std::cos(x / reach) + 0.08 * std::cos(2 * x / reach);
      made[static_cast<std::size_t>(i + reach)] = static_cast<float>(sinc * window);
      sum += sinc * window;
    }
    for (auto& tap : made) tap /= static_cast<float>(sum);
    return made;
  }();
  return taps;
}

std::int16_t clip(double value) { return static_cast<std::int16_t>(std::clamp(value, -32768.0, 32767.0)); }

}  // namespace

std::vector<std::int16_t> halve_rate(std::span<const std::int16_t> samples) {
  const auto& taps = low_pass();
  auto size = static_cast<std::ptrdiff_t>(samples.size());
  std::vector<std::int16_t> out;
  out.reserve(samples.size() / 2 + 1);
  for (std::ptrdiff_t at = 0; at < size; at += 2) {
    float sum = 0;
    auto from = std::max<std::ptrdiff_t>(0, at - reach);
    auto to = std::min<std::ptrdiff_t>(size - 1, at + reach);
    for (auto i = from; i <= to; ++i)
      sum += samples[static_cast<std::size_t>(i)] * taps[static_cast<std::size_t>(i - at + reach)];
    out.push_back(clip(std::lround(sum)));
  }
  return out;
}

std::int16_t rate_doubler::noisy(int sample) {
  random_ = random_ * 1664525u + 1013904223u;
  auto noise = static_cast<int>((random_ >> 16) % static_cast<unsigned>(2 * noise_ + 1)) - noise_;
  return static_cast<std::int16_t>(std::clamp(sample + noise, -32768, 32767));
}

void rate_doubler::append(std::span<const std::int16_t> samples, std::vector<std::int16_t>& out) {
  for (auto sample : samples) {
    out.push_back(noisy((last_ + sample) / 2));
    out.push_back(noisy(sample));
    last_ = sample;
  }
}

void rate_doubler::append_unchanged(std::span<const std::int16_t> samples, std::vector<std::int16_t>& out) {
  for (auto sample : samples) out.push_back(noisy(sample));
}

void normalise_level(std::span<std::int16_t> samples, double target_rms) {
  constexpr std::size_t frame = 160;
  std::vector<double> powers;
  double peak = 1;
  for (std::size_t at = 0; at < samples.size(); at += frame) {
    auto part = samples.subspan(at, std::min(frame, samples.size() - at));
    double power = 0;
    for (double sample : part) {
      power += sample * sample;
      peak = std::max(peak, std::abs(sample));
    }
    powers.push_back(power / static_cast<double>(part.size()));
  }
  if (powers.empty()) return;
  // Pauses must not count, or a slow speaker would come out louder than a fast one.
  auto loud = *std::max_element(powers.begin(), powers.end()) / 300;
  double sum = 0;
  double frames = 0;
  for (auto power : powers)
    if (power >= loud) {
      sum += power;
      ++frames;
    }
  if (sum < 1) return;
  auto gain = std::min(target_rms / std::sqrt(sum / frames), 32000 / peak);
  for (auto& sample : samples) sample = clip(std::lround(sample * gain));
}

}  // namespace tandem::lab
