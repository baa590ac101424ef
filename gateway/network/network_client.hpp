#pragma once

#include "actors/runtime/http.hpp"
#include "actors/runtime/link.hpp"

#include <memory>
#include <string>

namespace tandem {

struct metrics;

/// How outgoing TLS connections are checked.
struct client_tls {
  /// A PEM file of certificate authorities; empty = the system's.
  std::string authorities;
};

/// Makes WebSocket links: ws:// plain, wss:// with TLS 1.2 or newer, host name and chain checked.
std::unique_ptr<link_connector> make_link_connector(const client_tls& tls = {}, metrics* families = nullptr);

/// Sends HTTP requests over connections that are kept per loop and server (at most 8 idle each, 30 s). Calls
/// are made on the loop that they name; the loops must outlive the client.
std::unique_ptr<http_client> make_http_client(const client_tls& tls = {}, metrics* families = nullptr);

}  // namespace tandem
