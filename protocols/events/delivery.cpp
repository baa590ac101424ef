#include "protocols/events/delivery.hpp"

#include <algorithm>

namespace tandem {

namespace {

constexpr std::chrono::seconds longest_pause{600};

}  // namespace

std::string signed_text(std::int64_t timestamp, std::string_view body) {
  return std::to_string(timestamp).append(1, '.').append(body);
}

std::string signature_header(std::int64_t timestamp, std::span<const std::uint8_t> mac) {
  constexpr std::string_view hex = "0123456789abcdef";
  auto out = "t=" + std::to_string(timestamp) + ",v1=";
  for (const auto byte : mac) {
    out += hex[byte >> 4];
    out += hex[byte & 0xf];
  }
  return out;
}

std::chrono::seconds pause_after(unsigned failures) {
  if (failures == 0) return std::chrono::seconds(0);
  const auto doublings = std::min(failures - 1, 20U);
  return std::min(longest_pause, std::chrono::seconds(1LL << doublings));
}

}  // namespace tandem
