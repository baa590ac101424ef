// Measures the engine and a relay without actors, one after the other and again, under the same load. The
// measured process has core 0 for itself, everything else the others.

#include "tests/lab/engine_process.hpp"
#include "tests/lab/load/load_run.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tandem::bench {

namespace {

std::string spread(std::vector<double> of) {
  std::sort(of.begin(), of.end());
  char text[80];
  std::snprintf(text, sizeof text, "%.3f (%.3f … %.3f)", of[of.size() / 2], of.front(), of.back());
  return text;
}

/// Runs the pair so many times; false when a check did not hold.
bool compare(lab::load_options options, const lab::sound_book& book, std::size_t calls, unsigned times) {
  auto folder = lab::engine_program();
  folder.resize(folder.size() - std::string("tandem").size());
  std::vector<double> relay;
  std::vector<double> engine;
  std::vector<double> ratio;
  double relay_kib = 0;
  double engine_kib = 0;
  bool right = true;
  for (unsigned n = 0; n < times; ++n) {
    for (const auto is_relay : {true, false}) {
      options.relay = is_relay ? folder + "bench_relay" : "";
      const auto row = lab::run_load_step(options, book, calls);
      for (const auto& fault : row.calls_judged.faults)
        std::printf("  WRONG %s: %s\n", is_relay ? "relay" : "engine", fault.c_str());
      right = right && row.is_right();
      (is_relay ? relay : engine).push_back(row.cpu_ms);
      (is_relay ? relay_kib : engine_kib) = row.kib;
    }
    ratio.push_back(engine.back() / relay.back());
  }
  std::printf("| %zu | %s | %s | %s | %.1f | %.1f |\n", calls, spread(relay).c_str(), spread(engine).c_str(),
              spread(ratio).c_str(), relay_kib, engine_kib);
  std::fflush(stdout);
  return right;
}

}  // namespace

}  // namespace tandem::bench

int main(int count, char** arguments) {
  using namespace tandem;
  CLI::App program{"Measures the engine beside a relay without actors."};
  std::vector<std::size_t> sizes{50, 200, 500};
  unsigned times = 3;
  lab::load_options options;
  options.pin = true;
  options.seconds = 10;
  options.log = "bench-subject.log";
  program.add_option("--calls", sizes, "Simultaneous calls of each pair of runs (50,200,500)")
      ->delimiter(',');
  program.add_option("--seconds", options.seconds, "Length of each measurement (10)");
  program.add_option("--times", times, "Pairs of runs (3)")->check(CLI::Range(1, 100));
  CLI11_PARSE(program, count, arguments);
  const auto book = lab::sound_book::spoken();
  std::printf(
      "CPU ms per call-second, median (least … most); KiB per call\n"
      "| calls | relay | engine | ratio | relay KiB | engine KiB |\n|---|---|---|---|---|---|\n");
  bool right = true;
  for (const auto calls : sizes) right = bench::compare(options, book, calls, times) && right;
  return right ? 0 : 1;
}
