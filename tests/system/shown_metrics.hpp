#pragma once

#include "tests/system/fixture.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tandem::test {

/// The engine's metrics now.
struct shown_metrics {
  explicit shown_metrics(running_engine& running) : text(running.view->get("/metrics").value_or("")) {}

  double operator()(std::string_view name) const { return lab::metric(text, name); }
  /// Calls that ended for this reason.
  double calls(const std::string& reason, const std::string& direction = "incoming") const {
    return (*this)("tandem_calls_total{direction=\"" + direction + "\",end_reason=\"" + reason + "\"}");
  }

  /// How many samples a histogram has, and their sum in its unit; `labels` with their braces.
  double count(const std::string& histogram, const std::string& labels = {}) const {
    return (*this)(histogram + "_count" + labels);
  }
  double sum(const std::string& histogram, const std::string& labels = {}) const {
    return (*this)(histogram + "_sum" + labels);
  }

  std::string text;
};

/// What the lab saw of something that the engine measured as well, added up over all times that it happened:
/// from events that were surely within it, and from events that it was surely within.
struct seen_from_outside {
  using seconds = std::chrono::duration<double>;

  std::size_t count = 0;
  seconds least{0};
  seconds most{0};

  void add(seconds at_least, seconds at_most) {
    ++count;
    least += at_least;
    most += at_most;
  }
};

/// The engine's histogram has as many samples as the lab saw, and their sum is neither less nor more.
inline void agrees(const shown_metrics& shown, const std::string& histogram, const std::string& labels,
                   const seen_from_outside& seen) {
  // The engine reckons some times in whole microseconds.
  constexpr double rounding = 1e-5;
  CAPTURE(histogram);
  CAPTURE(labels);
  CHECK(shown.count(histogram, labels) == static_cast<double>(seen.count));
  CHECK(shown.sum(histogram, labels) >= seen.least.count() - rounding);
  CHECK(shown.sum(histogram, labels) <= seen.most.count() + rounding);
}

}  // namespace tandem::test
