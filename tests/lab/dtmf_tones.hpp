#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <string_view>

namespace tandem::lab {

/// Fills `out` with the two tones of a telephone's key (ITU-T Q.23), from so many samples behind their
/// beginning; each has this amplitude.
inline void dtmf_tones(char key, std::size_t from, std::span<std::int16_t> out, double amplitude = 4000,
                       double rate = 8000) {
  constexpr std::string_view keys = "123A456B789C*0#D";
  constexpr double rows[] = {697, 770, 852, 941};
  constexpr double columns[] = {1209, 1336, 1477, 1633};
  const auto at = keys.find(key);
  if (at == keys.npos) return;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double turns = 2 * std::numbers::pi * static_cast<double>(from + i) / rate;
    out[i] = static_cast<std::int16_t>(
        std::lround(amplitude * (std::sin(turns * rows[at / 4]) + std::sin(turns * columns[at % 4]))));
  }
}

}  // namespace tandem::lab
