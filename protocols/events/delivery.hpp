#pragma once

#include "protocols/conversation/record.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem {

/// An event on its way to the operator's server.
struct delivery {
  std::string call_id;
  /// Orders the events of a call; with its id it names this one.
  std::int64_t n = 0;
  /// When it happened.
  wall_time at{};
  /// JSON, as it is posted.
  std::string body;

  bool operator==(const delivery&) const = default;
};

/// What is signed, so that neither body nor time can be changed: `TIMESTAMP.BODY`, in Unix seconds.
std::string signed_text(std::int64_t timestamp, std::string_view body);

/// The header's value for its HMAC: `t=TIMESTAMP,v1=HMAC`, in hexadecimal.
std::string signature_header(std::int64_t timestamp, std::span<const std::uint8_t> mac);

/// So long a delivery that failed so many times in a row waits for its next try: 1, 2, 4 … seconds, ten
/// minutes at most.
std::chrono::seconds pause_after(unsigned failures);

}  // namespace tandem
