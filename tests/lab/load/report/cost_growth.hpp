#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <cstddef>
#include <vector>

namespace tandem::lab {

/// How the engine's CPU grows with the number of calls.
struct cost_growth {
  std::size_t steps =
      0;  ///< with different numbers of calls, and with a CPU that is known and means anything
  /// The straight line through the steps, which is nearest to them in proportion: cores without any call, and
  /// for each one.
  double base = 0;
  double each = 0;
  /// By what share of its own CPU the farthest step is off that line.
  double farthest = 0;
  /// CPU goes with the number of calls to this power.
  double power = 0;

  /// Any two steps lie on a line.
  bool is_known() const { return steps > 2; }
  bool is_linear() const { return is_known() && farthest <= most_off; }

  static constexpr double most_off = 0.1;
};

cost_growth growth_of(const std::vector<load_row>& rows);

}  // namespace tandem::lab
