#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tandem {

/// The parts of an http, https, ws or wss URL.
struct web_address {
  enum class scheme : std::uint8_t { http, https, ws, wss };

  scheme kind = scheme::http;
  /// A name or an address, IPv6 without its brackets.
  std::string host;
  std::uint16_t port = 80;
  /// Path and query as they stand in a request's first line; at least "/".
  std::string target;

  bool tls() const { return kind == scheme::https || kind == scheme::wss; }

  /// The Host header: the port only when it is not the scheme's own.
  std::string authority() const;
};

/// Takes a URL apart, or says what is wrong with it: another scheme, no host, a bad port, user information,
/// a blank or control character. A fragment is left out.
tl::expected<web_address, std::string> parse_web_address(std::string_view url);

/// Whether a header's name and value cannot break out of their line.
bool valid_header(std::string_view name, std::string_view value);

}  // namespace tandem
