#include "tests/lab/load/report/cost_growth.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace tandem::lab {

namespace {

/// Sums of points, each weighted so that equal shares of its `y` count alike.
struct weighted_sums {
  double all = 0;
  double x = 0;
  double y = 0;
  double xx = 0;
  double xy = 0;

  void add(double of_x, double of_y) {
    const auto weight = 1 / (of_y * of_y);
    all += weight;
    x += weight * of_x;
    y += weight * of_y;
    xx += weight * of_x * of_x;
    xy += weight * of_x * of_y;
  }
};

bool counts(const load_row& row) { return row.has_figures() && row.engine_cores() > 0; }

}  // namespace

cost_growth growth_of(const std::vector<load_row>& rows) {
  std::set<std::size_t> different;
  weighted_sums sums;
  slope powers;
  for (const auto& row : rows) {
    if (!counts(row)) continue;
    different.insert(row.calls);
    sums.add(row.live, row.engine_cores());
    powers.add(std::log(row.live), std::log(row.engine_cores()));
  }
  cost_growth out{.steps = different.size()};
  const auto spread = sums.all * sums.xx - sums.x * sums.x;
  if (out.steps < 2 || spread <= 0) return out;
  out.each = (sums.all * sums.xy - sums.x * sums.y) / spread;
  out.base = (sums.y - out.each * sums.x) / sums.all;
  out.power = powers.value();
  for (const auto& row : rows) {
    if (!counts(row)) continue;
    const auto off = out.base + out.each * row.live - row.engine_cores();
    out.farthest = std::max(out.farthest, std::abs(off) / row.engine_cores());
  }
  return out;
}

}  // namespace tandem::lab
