#pragma once

#include "tests/lab/load/api_figures.hpp"
#include "tests/lab/load/engine_build.hpp"
#include "tests/lab/load/generator_cost.hpp"
#include "tests/lab/load/judgement.hpp"
#include "tests/lab/load/machine_facts.hpp"
#include "tests/lab/load/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
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
  double live = 0;         ///< calls that were up, on average while measuring
  double cpu_ms = 0;       ///< of the engine per call-second; 0 = not known
  double kib = 0;          ///< of the engine's resident growth per call
  double idle_mib = 0;     ///< resident before the first call
  double left_mib = 0;     ///< resident when all have ended
  double settled_mib = 0;  ///< resident when the first thousand had ended; 0 = fewer have
  double last_mib = 0;     ///< resident at the end of the measurement, under the same load
  /// Of the engine's resident memory, in MiB an hour, over the last nine tenths of the measurement.
  std::optional<trend> memory;
  double calls_a_second = 0;  ///< that began while measuring
  time_statistics delay;
  time_statistics set_up;  ///< of every call of the step, those before the measurement included
  interruption_times interruptions;
  std::uint64_t min_interruption_ms = 0;  ///< so much voice the engine waits for
  time_statistics own;                    ///< the engine's share of a turn, between the sockets of its peers
  own_account told;
  time_statistics lateness;
  generator_cost generator;
  api_figures api;                 ///< when it was asked
  std::uint64_t provider_lag = 0;  ///< microseconds
  std::uint64_t kills = 0;         ///< actors that were made to fail
  std::uint64_t model_asked = 0;   ///< questions to the language model
  std::uint64_t common_texts = 0;  ///< its greetings and the apologies for it that were spoken
  judgement calls_judged;
  /// From the engine's records and metrics.
  std::map<std::string, std::uint64_t> end_reasons;
  std::map<std::string, double> metrics;

  /// Whether the engine's process is known, and what it needs of CPU and memory.
  bool has_process() const { return idle_mib > 0; }
  /// By how many percent the engine grew after the first thousand calls had ended; 0 = fewer have.
  double growth() const { return settled_mib > 0 ? (last_mib - settled_mib) * 100 / settled_mib : 0; }
  /// Complains when the engine grew by more percent, or when that is not known; not when any is right.
  void judge_growth(double most);
  /// Complains when the engine grew at all, as far as that is more than chance, or when that is not known.
  void judge_flatness();
  /// The engine's CPU in cores; 0 = not known.
  double engine_cores() const { return cpu_ms * live / 1000; }
  /// Whether the generator itself was too late for its times to mean anything.
  bool is_generator_late() const;
  /// Whether the generator was so near to what its cores can do that the load was not what it should be.
  bool is_generator_busy() const;
  /// Whether costs and times mean anything; what was checked does in any case.
  bool has_figures() const { return !is_generator_late() && !is_generator_busy(); }
  /// In what the generator was the bottleneck, in words; empty when it was not.
  std::string bottleneck() const;
  bool is_right() const { return calls_judged.faults.empty(); }

  /// After so many calls an engine has all the memory that it will ever need.
  static constexpr std::uint64_t settled_calls = 1000;
  /// Beyond these the generator is the bottleneck: of how late frames leave and a loop of its providers runs,
  /// in microseconds, and of a core.
  static constexpr std::uint64_t most_late = 10'000;
  static constexpr std::uint64_t most_lag = 50'000;
  static constexpr double most_busy = 0.9;
};

/// What a run was, for its report.
struct load_summary {
  std::string profile;
  std::uint64_t seed = 0;
  std::string engine;  ///< HOST:PORT of another's, or its program; empty = one of our own for each step
  std::string agent;   ///< who answers in ours
  unsigned seconds = 0;
  double rate = 0;              ///< new calls a second, at most
  unsigned engine_threads = 0;  ///< event loops of our own engine; 0 = another's
  bool pinned = false;          ///< it had a core for itself
  std::string command;
  std::string began_at;  ///< RFC 3339, UTC
  machine_facts machine;
  engine_build build;
  std::vector<load_row> rows;

  bool is_right() const;
};

}  // namespace tandem::lab
