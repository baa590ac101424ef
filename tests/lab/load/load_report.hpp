#pragma once

#include "tests/lab/load/api_probe.hpp"
#include "tests/lab/load/judgement.hpp"
#include "tests/lab/load/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tandem::lab {

/// The engine's share of its turns by its own metrics.
struct own_account {
  double turns = 0;
  double mean_ms = 0;
  double within_5_ms = 0;  ///< 0 … 1
  double within_20_ms = 0;
};

/// One step of a run: so many calls for so long.
struct load_row {
  std::size_t calls = 0;
  bool has_admin = true;  ///< the engine's records and metrics are known
  double seconds = 0;
  double cpu_ms = 0;          ///< of the engine per call-second
  double kib = 0;             ///< of the engine's resident growth per call
  double idle_mib = 0;        ///< resident before the first call
  double left_mib = 0;        ///< resident when all have ended
  double settled_mib = 0;     ///< resident when the first thousand had ended; 0 = fewer have
  double last_mib = 0;        ///< resident at the end of the measurement, under the same load
  double rss_slope = 0;       ///< MiB an hour, while measuring
  double calls_a_second = 0;  ///< that began while measuring
  time_statistics delay;
  time_statistics set_up;
  interruption_times interruptions;
  std::uint64_t min_interruption_ms = 0;  ///< so much voice the engine waits for
  time_statistics own;                    ///< the engine's share of a turn, between the sockets of its peers
  own_account told;
  time_statistics lateness;
  api_figures api;                 ///< when it was asked
  std::uint64_t provider_lag = 0;  ///< microseconds
  std::uint64_t kills = 0;         ///< actors that were made to fail
  judgement calls_judged;
  /// From the engine's records and metrics.
  std::map<std::string, std::uint64_t> end_reasons;
  std::map<std::string, double> metrics;

  /// Whether the engine's process is known, and what it needs of CPU and memory.
  bool has_process() const { return idle_mib > 0; }
  /// By how many percent the engine grew after the first thousand calls had ended; 0 = fewer have.
  double growth() const { return settled_mib > 0 ? (last_mib / settled_mib - 1) * 100 : 0; }
  /// Whether the generator itself was too late for its times to mean anything.
  bool is_generator_late() const;
  bool is_right() const { return calls_judged.faults.empty(); }
};

/// What a run was, for its report.
struct load_summary {
  std::string profile;
  std::uint64_t seed = 0;
  std::string engine;
  std::vector<load_row> rows;
};

/// Prints the head of the table, and one row of it with what is wrong below.
void print_head();
void print_row(const load_row& row);

std::string report_json(const load_summary& summary);

}  // namespace tandem::lab
