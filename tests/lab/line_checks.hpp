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

/// How long a recording is; 16-bit stereo at 8 kHz, the caller left, the agent right.
std::chrono::milliseconds length_of(std::span<const std::int16_t> stereo);

/// How long there is sound on a channel (0 = left), in steps of 20 ms.
std::chrono::milliseconds sound_in(std::span<const std::int16_t> stereo, std::size_t channel);

/// The same within a part of it.
std::chrono::milliseconds sound_in(std::span<const std::int16_t> stereo, std::size_t channel, stretch where);

/// The parts of a channel with sound, between which there is none for at least `pause`.
std::vector<stretch> sounds_in(std::span<const std::int16_t> stereo, std::size_t channel,
                               std::chrono::milliseconds pause);

}  // namespace tandem::lab
