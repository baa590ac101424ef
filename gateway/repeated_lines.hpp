#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Bounds how often a log tells the same: of lines that begin alike up to their first `key=` so many within a
/// while, the rest is only counted.
class repeated_lines {
 public:
  using time = std::chrono::steady_clock::time_point;

  static constexpr std::size_t most = 10;
  static constexpr std::chrono::seconds window{10};

  /// Whether the line is to be written.
  bool admit(std::string_view text, time now);

  /// What was held back in windows that are over, one line for each kind.
  std::vector<std::string> over(time now);

  /// What was held back so far, as if every window were over.
  std::vector<std::string> all();

 private:
  struct kind {
    time end;
    std::size_t written = 0;
    std::uint64_t held = 0;
  };

  std::vector<std::string> take(time until);

  std::map<std::string, kind, std::less<>> kinds_;
  time next_end_ = time::max();
};

}  // namespace tandem
