#include "tests/lab/line_checks.hpp"

#include <algorithm>
#include <cmath>

namespace tandem::lab {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds step_time{20};
constexpr double sound_level = 200;

bool has_sound(std::span<const std::int16_t> stereo, std::size_t channel) {
  double energy = 0;
  for (std::size_t i = channel; i < stereo.size(); i += 2) {
    const auto sample = static_cast<double>(stereo[i]);
    energy += sample * sample;
  }
  return std::sqrt(2 * energy / static_cast<double>(stereo.size())) > sound_level;
}

}  // namespace

milliseconds length_of(const recording& line) {
  return milliseconds(line.stereo.size() / 2 * 1000 / line.rate);
}

milliseconds sound_in(const recording& line, std::size_t channel) {
  return sound_in(line, channel, {milliseconds(0), length_of(line)});
}

milliseconds sound_in(const recording& line, std::size_t channel, stretch where) {
  const auto values_per_ms = 2 * line.rate / 1000;
  const auto end = std::min(where.end, length_of(line));
  milliseconds sound{0};
  for (auto at = where.begin; at + step_time <= end; at += step_time) {
    const auto first = static_cast<std::size_t>(at.count()) * values_per_ms;
    const auto step = line.stereo.subspan(first, static_cast<std::size_t>(step_time.count()) * values_per_ms);
    if (has_sound(step, channel)) sound += step_time;
  }
  return sound;
}

std::vector<stretch> sounds_in(const recording& line, std::size_t channel, milliseconds pause) {
  std::vector<stretch> found;
  for (milliseconds at{0}; at + step_time <= length_of(line); at += step_time) {
    if (sound_in(line, channel, {at, at + step_time}) == milliseconds(0)) continue;
    if (found.empty() || at - found.back().end >= pause) found.push_back({at, at});
    found.back().end = at + step_time;
  }
  return found;
}

}  // namespace tandem::lab
