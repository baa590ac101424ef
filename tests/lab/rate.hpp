#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tandem::lab {

/// Every second sample behind a low-pass at 3.6 kHz: 16 kHz to 8 kHz, without delay.
std::vector<std::int16_t> halve_rate(std::span<const std::int16_t> samples);

/// 8 kHz to 16 kHz by straight lines, chunk after chunk, with a little noise so that silence is never all
/// zeros.
class rate_doubler {
 public:
  /// `noise` is the largest value added or taken away.
  explicit rate_doubler(int noise = 4) : noise_(noise) {}

  /// Appends twice as many samples to `out`.
  void append(std::span<const std::int16_t> samples, std::vector<std::int16_t>& out);

  /// Appends samples that are already at 16 kHz, with the same noise.
  void append_unchanged(std::span<const std::int16_t> samples, std::vector<std::int16_t>& out);

 private:
  std::int16_t noisy(int sample);

  int noise_;
  int last_ = 0;
  std::uint32_t random_ = 1;
};

/// Scales speech so that its louder parts have about `target_rms` (3277 is -20 dBFS), without clipping.
void normalise_level(std::span<std::int16_t> samples, double target_rms = 3277);

}  // namespace tandem::lab
