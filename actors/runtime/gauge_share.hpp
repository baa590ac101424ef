#pragma once

#include <cstddef>

#include <prometheus/gauge.h>

namespace tandem {

/// One owner's part of a gauge that sums over many; given back when the owner ends.
class gauge_share {
 public:
  explicit gauge_share(prometheus::Gauge& sum) : sum_(sum) {}
  ~gauge_share() { set(0); }
  gauge_share(const gauge_share&) = delete;
  gauge_share& operator=(const gauge_share&) = delete;

  void set(std::size_t value) {
    if (value == share_) return;
    sum_.Increment(static_cast<double>(value) - static_cast<double>(share_));
    share_ = value;
  }

 private:
  prometheus::Gauge& sum_;
  std::size_t share_ = 0;
};

}  // namespace tandem
