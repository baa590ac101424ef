#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::cluster {

/// Where a node takes connections: a name or an address without brackets.
struct address {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const address&) const = default;
};

/// Reads `HOST:PORT`, with an IPv6 address in brackets; nothing for anything else.
std::optional<address> read_address(std::string_view text);

/// The address as `read_address` takes it.
std::string to_string(const address& where);

}  // namespace tandem::cluster
