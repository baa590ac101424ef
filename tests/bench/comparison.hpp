#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tandem::bench {

/// What several runs came to.
struct spread {
  double median = 0;
  double least = 0;
  double most = 0;
};

spread spread_of(std::vector<double> values);

/// The runs of one size: every subject's, in the order of rounds. The engine is the first subject.
struct size_runs {
  std::size_t calls = 0;
  std::vector<std::vector<lab::load_row>> of_subject;

  bool is_right() const;
};

/// The engine beside relays, under the same load.
struct comparison {
  std::string profile;
  std::string commit;
  unsigned seconds = 0;
  std::vector<std::string> subjects;
  std::vector<size_runs> sizes;
};

/// Prints the table's head, and the row of a size with what is to be known of it below.
void print_head(const comparison& all);
void print_row(const comparison& all, const size_runs& runs);

/// All of it as JSON, each run as `tandem-lab load --json` writes it.
std::string to_json(const comparison& all);

}  // namespace tandem::bench
