#include "tests/lab/load/load_summary.hpp"

#include "tests/lab/load/report/figure_texts.hpp"

#include <algorithm>
#include <cmath>

namespace tandem::lab {

bool load_row::is_generator_late() const { return lateness.at(0.99) > most_late || provider_lag > most_lag; }

bool load_row::is_generator_busy() const {
  return generator.share > most_busy || generator.busiest > most_busy;
}

std::string load_row::bottleneck() const {
  std::string words;
  const auto add = [&words](bool holds, const std::string& what) {
    if (holds) words += (words.empty() ? "" : "; ") + what;
  };
  const auto late = lateness.at(0.99);
  add(late > most_late, "its frames left " + milliseconds(late) + " ms late (p99)");
  add(provider_lag > most_lag, "its providers ran " + milliseconds(provider_lag) + " ms late");
  if (generator.share > most_busy) {
    add(true, "it used " + percent(generator.share) + " of its " + counted(generator.cores, "core"));
  } else {
    add(generator.busiest > most_busy,
        "one of its threads used " + percent(generator.busiest) + " of a core");
  }
  return words;
}

void load_row::judge_growth(double most) {
  if (std::isinf(most)) return;
  const auto ended = calls_judged.calls;
  if (ended < settled_calls) {
    calls_judged.complain("the engine's growth is not known: only " + counted(ended, "call") + " ended, " +
                          std::to_string(settled_calls) + " have to");
  } else if (settled_mib <= 0) {
    calls_judged.complain("the engine's growth is not known: nor is its memory");
  } else if (growth() > most) {
    calls_judged.complain("the engine grew by " + fixed(growth(), 1) + " % after its first thousand calls");
  }
}

void load_row::judge_flatness() {
  if (!memory || !has_process()) {
    calls_judged.complain("whether the engine's memory stays flat is not known");
  } else if (memory->is_growth()) {
    calls_judged.complain("the engine's memory grew by " + fixed(memory->growth, 2) +
                          " MiB an hour, give or take " + fixed(memory->uncertainty, 2));
  }
}

bool load_summary::is_right() const {
  return std::all_of(rows.begin(), rows.end(), [](const auto& row) { return row.is_right(); });
}

}  // namespace tandem::lab
