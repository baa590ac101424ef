#include "protocols/cluster/membership.hpp"
#include "tests/bench/cluster/failover.hpp"
#include "tests/bench/cluster/load_spread.hpp"
#include "tests/bench/cluster/overhead.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Prints the tables of deploy/cluster.md.

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::initializer_list<std::size_t> sizes = {10, 100, 1000};
/// Bytes a second of a network of 1 Gbit/s.
constexpr double gigabit = 125e6;

std::string rounded(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2f", number);
  return text.data();
}

void print_spread(std::uint32_t most_calls) {
  std::puts("| nodes | load | any node | two choices | least loaded | second choice | refused |");
  std::puts("|---|---|---|---|---|---|---|");
  for (const auto nodes : sizes) {
    for (const double utilisation : {0.5, 0.8, 0.95}) {
      spread_settings how{.nodes = nodes, .most_calls = most_calls, .utilisation = utilisation};
      const auto two = run_spread(how);
      how.how = choice::any;
      const auto any = run_spread(how);
      std::printf("| %zu | %.0f %% | %.2f | %.2f | ", nodes, utilisation * 100, any.mean_peak, two.mean_peak);
      how.how = choice::least;
      // Looking at all of a thousand nodes for each of a million calls takes minutes.
      const auto least = nodes <= 100 ? rounded(run_spread(how).mean_peak) : std::string("not run");
      std::printf("%s | %.2f %% | %.3f %% |\n", least.c_str(), two.second_choice * 100, two.refused * 100);
      std::fflush(stdout);
    }
  }
}

/// Milliseconds a second for hearing and judging so many nodes, by the engine's own class.
double judging_ms(std::size_t nodes, double beats) {
  const auto member_of = [](std::size_t n) {
    return cluster::member{.name = "voice-" + std::to_string(n), .epoch = 1'767'225'600'000};
  };
  const moment begin{};
  cluster::membership known({.who = member_of(0)}, {});
  std::vector<cluster::member> all;
  for (std::size_t n = 0; n < nodes; ++n) all.push_back(member_of(n));
  for (std::size_t n = 1; n < nodes; ++n) known.meet({.who = all[n]}, begin);
  const auto started = std::chrono::steady_clock::now();
  std::uint64_t rounds = 0;
  std::chrono::duration<double, std::milli> passed{0};
  while (passed < 500ms || rounds < 3) {
    ++rounds;
    const auto now = begin + rounds * 250ms;
    for (std::size_t n = 1; n < nodes; ++n) {
      cluster::report said{.who = all[n], .sequence = rounds, .calls = 400, .max_calls = 500, .sees = all};
      known.hear(std::move(said), now);
    }
    known.look(now);
    passed = std::chrono::steady_clock::now() - started;
  }
  return passed.count() / static_cast<double>(rounds) * beats;
}

void print_costs(const measured_figures& known, cluster_use use) {
  std::puts(
      "| | "
      "10 nodes | 100 | 1,000 |");
  std::puts("|---|---|---|---|");
  std::vector<cluster_cost> costs;
  std::vector<double> judging;
  for (const auto nodes : sizes) {
    use.nodes = static_cast<double>(nodes);
    costs.push_back(cost_of(use, known));
    judging.push_back(judging_ms(nodes, use.beats));
  }
  const auto row = [&](const char* what, const char* format, auto value) {
    std::printf("| %s |", what);
    for (const auto& each : costs) {
      std::putchar(' ');
      std::printf(format, value(each));
      std::fputs(" |", stdout);
    }
    std::putchar('\n');
  };
  row("connections of a node", "%.0f", [](const auto& it) { return it.connections; });
  row("messages of a node, a second", "%.0f", [](const auto& it) { return it.messages; });
  row("reports and promises, MB/s each way", "%.2f", [](const auto& it) { return it.bytes / 1e6; });
  row("copies of its calls, MB/s", "%.2f", [](const auto& it) { return it.value_bytes / 1e6; });
  row("network and timers, ms of a core a second", "%.0f", [](const auto& it) { return it.cpu_ms; });
  std::size_t which = 0;
  row("judging who is there, ms of a core a second", "%.1f", [&](const auto&) { return judging[which++]; });
  row("store: renewals a second", "%.0f", [](const auto& it) { return it.renewals; });
  row("store: rows of members read a second", "%.0f", [](const auto& it) { return it.member_rows; });
  row("store: calls begun and ended a second", "%.0f", [](const auto& it) { return it.calls; });
  row("store: values written a second", "%.0f", [](const auto& it) { return it.ledgers; });
  row("store: how many such stores it takes", "%.2f", [](const auto& it) { return it.store_share; });
}

/// The first size at which something is used up, or 0.
template <class Exhausted>
std::size_t first_size(cluster_use use, const measured_figures& known, Exhausted exhausted) {
  for (std::size_t nodes = 2; nodes <= 5000; ++nodes) {
    use.nodes = static_cast<double>(nodes);
    if (exhausted(cost_of(use, known))) return nodes;
  }
  return 0;
}

void print_limits(const measured_figures& known, const cluster_use& use) {
  const auto of_calls = [&](double calls) {
    auto with = use;
    with.calls = calls;
    return with;
  };
  std::puts("| what is used up first | at so many nodes |");
  std::puts("|---|---|");
  const auto store = [](const cluster_cost& it) { return it.store_share > 0.7; };
  for (const double calls : {50.0, 100.0, use.calls})
    std::printf("| 70 %% of the store, at %.0f calls a node | %zu |\n", calls,
                first_size(of_calls(calls), known, store));
  std::printf("| 70 %% of the store, by renewals alone | %zu |\n", first_size(of_calls(0), known, store));
  std::printf("| a tenth of 1 Gbit/s, by reports | %zu |\n",
              first_size(use, known, [](const auto& it) { return it.bytes > gigabit / 10; }));
  std::printf("| a tenth of a core, by network and timers | %zu |\n",
              first_size(use, known, [](const auto& it) { return it.cpu_ms > 100; }));
}

void print_failovers(const measured_figures& known, std::size_t calls) {
  std::puts(
      "| nodes | carrier takes | fenced | all adopted | half speak | last speaks | given up | in vain |");
  std::puts("|---|---|---|---|---|---|---|---|");
  const auto rate = [&](const char* name) {
    const auto found = known.store.find(name);
    return found == known.store.end() ? 1000 : found->second.begin()->second;
  };
  for (const auto nodes : sizes) {
    for (const auto& [commands, each] : {std::pair(0.0, 1U), {100.0, 1U}, {100.0, 2U}, {20.0, 1U}}) {
      const auto got = run_failover({.calls = calls,
                                     .survivors = nodes - 1,
                                     .adoptions = rate("adopt"),
                                     .vain_adoptions = rate("adopt_nothing"),
                                     .commands = commands,
                                     .commands_each = each});
      auto allowed = commands > 0 ? std::to_string(static_cast<int>(commands)) + " a second" : "any number";
      if (each > 1) allowed += ", two for each call";
      std::printf("| %zu | %s | %.2f s | %.2f s | %.1f s | %.1f s | %zu | %zu |\n", nodes, allowed.c_str(),
                  got.fenced, got.adopted, got.by(0.5), got.by(1), got.given_up, got.vain);
    }
  }
}

}  // namespace

}  // namespace tandem::bench

int main(int count, char** words) {
  using namespace tandem::bench;
  measured_figures known;
  cluster_use use{.promise_bytes = 0};
  for (int n = 1; n < count; ++n) {
    const std::string_view word = words[n];
    if (word == "--promise-bytes" && n + 1 < count) {
      use.promise_bytes = std::stod(words[++n]);
      continue;
    }
    std::ifstream file(words[n]);
    if (!file) {
      std::fprintf(stderr,
                   "usage: bench_cluster [--promise-bytes N] FILE…\nFILE: what tests/bench/cluster/store and "
                   "tests/bench/cluster/members printed\n");
      return 2;
    }
    read_figures(file, known);
  }
  std::puts(
      "How calls spread: the most loaded node's calls by the mean, 500 at most at each; reports every 250 "
      "ms\n");
  print_spread(500);
  std::puts("\nWhat one cluster costs, 400 calls a node\n");
  print_costs(known, use);
  std::puts("\nWhat breaks first\n");
  print_limits(known, use);
  std::puts("\nWhen a node with 1,000 calls dies\n");
  print_failovers(known, 1000);
}
