#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace tandem::test {

using samples = std::vector<std::int16_t>;

/// One tone, well below full scale.
inline samples tone(double hertz, std::uint32_t rate, std::size_t count, double amplitude = 8000) {
  samples all(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto phase = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    all[i] = static_cast<std::int16_t>(std::lround(amplitude * std::sin(phase)));
  }
  return all;
}

/// What a voice is to a codec: harmonics of 120 Hz, the higher the quieter up to 3400 Hz, that swell and fade
/// four times a second.
inline samples voice(std::uint32_t rate, std::size_t count, double amplitude = 6000) {
  samples all(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = static_cast<double>(i) / rate;
    double sum = 0;
    for (int n = 1; n * 120 < 3400; ++n) sum += std::sin(2 * std::numbers::pi * 120 * n * at + n * n) / n;
    const auto level = 0.55 - 0.45 * std::cos(2 * std::numbers::pi * 4 * at);
    all[i] = static_cast<std::int16_t>(std::lround(amplitude * level * sum / 2));
  }
  return all;
}

/// How far, in dB, `heard` is from `said`, at the shift up to `latest` samples where they fit best; the first
/// tenth of a second may be anything.
inline double likeness(std::span<const std::int16_t> said, std::span<const std::int16_t> heard,
                       std::uint32_t rate, std::size_t latest) {
  double best = -100;
  for (std::size_t shift = 0; shift <= latest; ++shift) {
    double signal = 0;
    double noise = 0;
    for (std::size_t i = rate / 10; i < said.size() && i + shift < heard.size(); ++i) {
      const double wanted = said[i];
      const double wrong = heard[i + shift] - wanted;
      signal += wanted * wanted;
      noise += wrong * wrong;
    }
    best = std::max(best, 10 * std::log10(signal / std::max(noise, 1.0)));
  }
  return best;
}

}  // namespace tandem::test
