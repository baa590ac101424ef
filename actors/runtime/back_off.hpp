#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>

namespace tandem {

/// How long to wait before each new attempt to connect: 0.1, 0.5, 1, 2, then always 4 s, each ± 20 % so that
/// calls which lost the same server do not come back at once.
class back_off {
 public:
  explicit back_off(std::uint32_t seed) : random_(seed) {}

  /// The wait before the next attempt.
  std::chrono::milliseconds next() {
    const auto wait = waits[std::min(attempts_, waits.size() - 1)];
    ++attempts_;
    return std::chrono::milliseconds(wait * (80 + random_() % 41) / 100);
  }

  /// Up to 250 ms, for those who otherwise would all do something at the same moment.
  std::chrono::milliseconds spread() { return std::chrono::milliseconds(random_() % 250); }

  /// The server has no capacity: waits below a second are skipped.
  void slow_down() { attempts_ = std::max<std::size_t>(attempts_, 2); }

  /// A connection has proved good.
  void reset() { attempts_ = 0; }

 private:
  static constexpr std::array<std::uint32_t, 5> waits{100, 500, 1000, 2000, 4000};

  std::minstd_rand random_;
  std::size_t attempts_ = 0;
};

}  // namespace tandem
