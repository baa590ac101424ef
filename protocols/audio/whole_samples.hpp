#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem {

/// Makes whole samples of a stream of bytes that may be cut anywhere.
class whole_samples {
 public:
  explicit whole_samples(std::size_t sample_bytes) : sample_bytes_(sample_bytes) {}

  /// The bytes with what was left over before them, and without the beginning of a sample at their end, which
  /// is kept; good until the next call.
  std::span<const std::uint8_t> take(std::span<const std::uint8_t> bytes);

  /// Another stream begins: what is left over belongs to none.
  void restart() { rest_.clear(); }

 private:
  std::size_t sample_bytes_;
  std::vector<std::uint8_t> rest_;
  std::vector<std::uint8_t> joined_;
};

}  // namespace tandem
