#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tandem::lab {

/// Microseconds, sorted into steps of at most 1.6 %: cheap to add to, exact enough to read. Not for two
/// threads at once.
class time_statistics {
 public:
  void add(std::uint64_t microseconds);
  void add(const time_statistics& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t most() const { return most_; }

  /// The value that the share `of` (0 … 1) does not exceed; 0 when there is none.
  std::uint64_t at(double of) const;

 private:
  static constexpr std::size_t fine = 64;
  static constexpr std::size_t steps = fine * 28;

  static std::size_t step_of(std::uint64_t microseconds);
  static std::uint64_t top_of(std::size_t step);

  std::array<std::uint64_t, steps> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t most_ = 0;
};

/// The value that a share (0 … 1) of times does not exceed, in microseconds.
struct quantile {
  double share = 0;
  std::uint64_t microseconds = 0;
};

/// Ten quantiles for each further nine of the share (0, 0.21, … 0.9, 0.92, … 0.99, …), up to 0.9999 or to
/// where a single time is all that is left above.
std::vector<quantile> quantiles_of(const time_statistics& times);

/// The straight line through points, as least squares have it: what `y` grows by for each `x`.
class slope {
 public:
  void add(double x, double y);
  std::size_t count() const { return count_; }

  /// 0 while there are fewer than two different `x`.
  double value() const;

 private:
  std::size_t count_ = 0;
  double x_ = 0;
  double y_ = 0;
  double xx_ = 0;
  double xy_ = 0;
};

/// By how much something grows, and how far from it the truth may be.
struct trend {
  double growth = 0;
  /// Half the width of the interval that has the true growth in 95 of 100 cases.
  double uncertainty = 0;

  /// Whether it is more than chance.
  bool is_growth() const { return growth > uncertainty; }
};

/// The course of a value that wavers: neighbouring points say nearly the same, so only the means of twelve
/// parts of the whole, equally long, are taken for independent.
class course {
 public:
  /// `x` never decreases.
  void add(double x, double y) { points_.emplace_back(x, y); }

  /// What `y` grows by for each `x`; nothing while one of the parts is empty.
  std::optional<trend> grows_by() const;

 private:
  static constexpr std::size_t parts = 12;

  std::vector<std::pair<double, double>> points_;
};

}  // namespace tandem::lab
