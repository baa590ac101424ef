#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tandem::lab {

/// Which frames of a caller are speech. An engine need not keep a silence for a session that is not there.
class spoken_frames {
 public:
  /// The frames from `begin` up to `end` are; after those that were added before.
  void add(std::uint32_t begin, std::uint32_t end) { spans_.push_back({begin, end}); }

  /// How many of the frames from `begin` up to `end` are.
  std::uint32_t between(std::uint32_t begin, std::uint32_t end) const {
    std::uint32_t count = 0;
    for (const auto& [first, last] : spans_) {
      const auto from = std::max(first, begin), to = std::min(last, end);
      if (from < to) count += to - from;
    }
    return count;
  }

 private:
  struct span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
  };
  std::vector<span> spans_;
};

}  // namespace tandem::lab
