#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tandem::lab {

/// So many times of so many microseconds.
inline time_statistics times_of(std::uint64_t microseconds, int count = 2000) {
  time_statistics out;
  for (int n = 0; n < count; ++n) out.add(microseconds);
  return out;
}

/// A step whose every cost and time is a figure that stands nowhere else: see `figures_of_a_row`.
inline load_row row_of(std::size_t calls) {
  load_row row;
  row.calls = calls;
  row.seconds = 20;
  row.live = static_cast<double>(calls);
  row.cpu_ms = 7.531;
  row.kib = 4321.5;
  row.idle_mib = 20;
  row.left_mib = 22;
  row.last_mib = 25;
  row.memory = trend{0.5, 1.5};
  row.delay = times_of(61'370);
  row.set_up = times_of(52'480);
  row.own = times_of(43'590);
  row.told = {40, 34.61, 0.987, 0.998};
  row.interruptions.by_words = times_of(25'720);
  row.interruptions.by_voice = times_of(316'830);
  row.min_interruption_ms = 300;
  row.api.list = times_of(17'940);
  row.api.call = times_of(8'050);
  row.lateness = times_of(120);
  row.provider_lag = 1500;
  row.generator = {1, 6.4, 0.32, 0.21};
  row.calls_judged.calls = calls;
  row.calls_judged.undisturbed = calls;
  row.calls_judged.frames_up = 12'345'678;
  row.calls_judged.frames_down = 400;
  row.end_reasons = {{"caller_hung_up", calls}};
  row.metrics = {{"tandem_calls_total", static_cast<double>(calls)}};
  return row;
}

/// How its costs and times are written, from microseconds as the statistics give them back.
inline std::vector<std::string> figures_of_a_row() {
  std::vector<std::string> out{"7.531", "4321.5", "34.61"};
  const auto row = row_of(10);
  for (const auto* times : {&row.delay, &row.set_up, &row.own, &row.interruptions.by_words,
                            &row.interruptions.by_voice, &row.api.list, &row.api.call}) {
    auto digits = std::to_string(times->most() / 10);
    out.push_back(digits.insert(digits.size() - 2, "."));
  }
  return out;
}

inline load_summary summary_of(std::vector<load_row> rows) {
  load_summary out;
  out.profile = "barge";
  out.seed = 7;
  out.seconds = 20;
  out.rate = 100;
  out.engine_threads = 1;
  out.pinned = true;
  out.command = "tandem-lab load --profile barge --seed 7";
  out.began_at = "2026-11-27T21:36:07.123Z";
  out.machine = {"A CPU", 2, 8192, "A system", "Linux 6.1"};
  out.build = {"0.1.0", "abcdef", "Release, GNU 12.2.0"};
  out.rows = std::move(rows);
  return out;
}

}  // namespace tandem::lab
