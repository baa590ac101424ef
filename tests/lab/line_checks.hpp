#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem::lab {

/// A part of a recording.
struct stretch {
  std::chrono::milliseconds begin{0};
  std::chrono::milliseconds end{0};
};

/// A recording: 16-bit stereo, the caller left, the agent right.
struct recording {
  recording(std::span<const std::int16_t> of, unsigned samples_per_second = 8000)
      : stereo(of), rate(samples_per_second) {}
  recording(const std::vector<std::int16_t>& of, unsigned samples_per_second = 8000)
      : recording(std::span(of), samples_per_second) {}

  std::span<const std::int16_t> stereo;
  unsigned rate;
};

/// How long it is.
std::chrono::milliseconds length_of(const recording& line);

/// How long there is sound on a channel (0 = left), in steps of 20 ms.
std::chrono::milliseconds sound_in(const recording& line, std::size_t channel);

/// The same within a part of it.
std::chrono::milliseconds sound_in(const recording& line, std::size_t channel, stretch where);

/// The parts of a channel with sound, between which there is none for at least `pause`.
std::vector<stretch> sounds_in(const recording& line, std::size_t channel, std::chrono::milliseconds pause);

}  // namespace tandem::lab
