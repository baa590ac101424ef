#include "protocols/cluster/address.hpp"

#include <charconv>

namespace tandem::cluster {

std::optional<address> read_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  address out;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return std::nullopt;
  out.host = host;
  return out;
}

std::string to_string(const address& where) {
  const bool has_colon = where.host.find(':') != std::string::npos;
  return (has_colon ? "[" + where.host + "]" : where.host) + ":" + std::to_string(where.port);
}

}  // namespace tandem::cluster
