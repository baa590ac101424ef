#include "tests/lab/line_checks.hpp"

#include <algorithm>
#include <cmath>

namespace tandem::lab {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t step = 160;  // frames of 20 ms
constexpr milliseconds step_time{20};
constexpr double sound_level = 200;

bool has_sound(std::span<const std::int16_t> stereo, std::size_t channel) {
  double energy = 0;
  for (std::size_t i = channel; i < stereo.size(); i += 2) {
    const auto sample = static_cast<double>(stereo[i]);
    energy += sample * sample;
  }
  return std::sqrt(energy / step) > sound_level;
}

}  // namespace

milliseconds length_of(std::span<const std::int16_t> stereo) { return milliseconds(stereo.size() / 2 / 8); }

milliseconds sound_in(std::span<const std::int16_t> stereo, std::size_t channel) {
  return sound_in(stereo, channel, {milliseconds(0), length_of(stereo)});
}

milliseconds sound_in(std::span<const std::int16_t> stereo, std::size_t channel, stretch where) {
  const auto end = std::min(where.end, length_of(stereo));
  milliseconds sound{0};
  for (auto at = where.begin; at + step_time <= end; at += step_time) {
    const auto first = static_cast<std::size_t>(at.count()) * 8 * 2;
    if (has_sound(stereo.subspan(first, 2 * step), channel)) sound += step_time;
  }
  return sound;
}

std::vector<stretch> sounds_in(std::span<const std::int16_t> stereo, std::size_t channel,
                               milliseconds pause) {
  std::vector<stretch> found;
  for (milliseconds at{0}; at + step_time <= length_of(stereo); at += step_time) {
    if (sound_in(stereo, channel, {at, at + step_time}) == milliseconds(0)) continue;
    if (found.empty() || at - found.back().end >= pause) found.push_back({at, at});
    found.back().end = at + step_time;
  }
  return found;
}

}  // namespace tandem::lab
