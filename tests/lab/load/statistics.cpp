#include "tests/lab/load/statistics.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace tandem::lab {

std::size_t time_statistics::step_of(std::uint64_t microseconds) {
  if (microseconds < fine) return microseconds;
  // Each doubling has `fine` steps.
  const auto doublings = static_cast<std::size_t>(std::bit_width(microseconds)) - std::bit_width(fine);
  const auto within = (microseconds >> doublings) - fine;
  return std::min(steps - 1, fine * (doublings + 1) + within);
}

std::uint64_t time_statistics::top_of(std::size_t step) {
  if (step < fine) return step;
  const auto doublings = step / fine - 1;
  return (((fine + step % fine) + 1) << doublings) - 1;
}

void time_statistics::add(std::uint64_t microseconds) {
  ++counts_[step_of(microseconds)];
  ++count_;
  most_ = std::max(most_, microseconds);
}

void time_statistics::add(const time_statistics& other) {
  for (std::size_t i = 0; i < steps; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  most_ = std::max(most_, other.most_);
}

std::uint64_t time_statistics::at(double of) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(of * static_cast<double>(count_)));
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < steps && count_ > 0; ++i) {
    sum += counts_[i];
    if (sum >= std::max<std::uint64_t>(wanted, 1)) return i + 1 == steps ? most_ : std::min(top_of(i), most_);
  }
  return most_;
}

std::vector<quantile> quantiles_of(const time_statistics& times) {
  constexpr int most_nines = 4;
  constexpr int steps_of_a_nine = 10;
  constexpr double rounding = 1e-9;
  std::vector<quantile> out;
  for (int n = 0; n <= most_nines * steps_of_a_nine; ++n) {
    const auto above = std::pow(10, -static_cast<double>(n) / steps_of_a_nine);
    if (above * static_cast<double>(times.count()) < 1 - rounding) break;
    out.push_back({1 - above, times.at(1 - above)});
  }
  return out;
}

void slope::add(double x, double y) {
  ++count_;
  x_ += x;
  y_ += y;
  xx_ += x * x;
  xy_ += x * y;
}

double slope::value() const {
  const auto n = static_cast<double>(count_);
  const auto spread = n * xx_ - x_ * x_;
  return spread > 0 ? (n * xy_ - x_ * y_) / spread : 0;
}

std::optional<trend> course::grows_by() const {
  if (points_.empty()) return std::nullopt;
  const auto first = points_.front().first;
  const auto length = points_.back().first - first;
  struct part {
    double x = 0;
    double y = 0;
    double count = 0;
  };
  std::array<part, parts> all;
  for (const auto& [x, y] : points_) {
    const auto at = length > 0 ? (x - first) / length * parts : 0;
    auto& mine = all[std::min(static_cast<std::size_t>(at), parts - 1)];
    mine.x += x;
    mine.y += y;
    ++mine.count;
  }
  slope line;
  double mean_x = 0;
  double mean_y = 0;
  for (auto& each : all) {
    if (each.count == 0) return std::nullopt;
    each.x /= each.count;
    each.y /= each.count;
    line.add(each.x, each.y);
    mean_x += each.x / parts;
    mean_y += each.y / parts;
  }
  double spread = 0;
  double missed = 0;
  for (const auto& each : all) {
    const auto off = each.y - mean_y - line.value() * (each.x - mean_x);
    missed += off * off;
    spread += (each.x - mean_x) * (each.x - mean_x);
  }
  // Student's t for 95 % of both sides, with the two degrees less that a line takes.
  constexpr double t = 2.228;
  return trend{line.value(), t * std::sqrt(missed / (parts - 2) / spread)};
}

}  // namespace tandem::lab
