#include "tests/lab/waterfall.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace tandem::lab {

namespace {

using time = turn_timing::time;

constexpr time cell = std::chrono::milliseconds(40);
/// Two seconds; what takes longer does not get longer on the screen.
constexpr std::size_t most_cells = 50;

/// A stretch of a turn, and how it ends.
struct stretch {
  const char* name;
  const char* glyph;
  const char* colour;
  time turn_timing::*until;
};

/// In the order in which they follow each other.
constexpr std::array stretches{
    stretch{"transcript", "░", "\033[34m", &turn_timing::stt_final},
    stretch{"pause", "░", "\033[2m", &turn_timing::endpoint},
    stretch{"agent", "▒", "\033[33m", &turn_timing::first_sentence},
    stretch{"voice", "▓", "\033[35m", &turn_timing::first_audio},
    stretch{"wire", "█", "\033[32m", &turn_timing::on_wire},
};

}  // namespace

std::string short_ms(time of) {
  std::array<char, 32> text{};
  const auto ms = static_cast<double>(of.count()) / 1000;
  std::snprintf(text.data(), text.size(), ms < 9.95 && ms >= 0.05 ? "%.1f" : "%.0f", ms);
  return text.data();
}

std::string waterfall(const turn_timing& timing, bool colours) {
  if (timing.on_wire < time(0)) return {};
  const auto style = [&](const char* code) { return colours ? code : ""; };
  std::string bar;
  std::string words;
  time reached{0};
  std::size_t cells = 0;
  for (const auto& each : stretches) {
    const auto until = std::max(timing.*each.until, reached);
    if (timing.*each.until < time(0)) continue;
    words += (words.empty() ? "" : " · ") + std::string(each.name) + " " + short_ms(until - reached);
    reached = until;
    const auto end = std::min(most_cells, static_cast<std::size_t>((reached + cell / 2) / cell));
    bar += style(each.colour);
    for (; cells < end; ++cells) bar += each.glyph;
    bar += style("\033[0m");
  }
  auto line = bar + " " + style("\033[2m") + words + " = " + style("\033[0m") + short_ms(reached) + " ms";
  if (timing.own >= time(0)) line += ", Tandem " + short_ms(timing.own) + " ms";
  return line;
}

}  // namespace tandem::lab
