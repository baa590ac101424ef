#pragma once

#include "protocols/moment.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tandem {

/// When the carrier, who plays in real time what it is sent, will have played it all.
struct playout {
  moment end{};

  /// So much audio was sent now; it plays after what is still queued, or at once.
  void sent(std::chrono::microseconds audio, moment now) { end = std::max(end, now) + audio; }

  /// Sent audio that is not played yet.
  std::chrono::microseconds queued(moment now) const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::max(end, now) - now);
  }

  bool operator==(const playout&) const = default;
};

/// How long so many bytes of audio sound.
constexpr std::chrono::microseconds duration_of(std::uint64_t bytes, std::uint32_t bytes_per_ms) {
  return std::chrono::microseconds(bytes * 1000 / bytes_per_ms);
}

}  // namespace tandem
