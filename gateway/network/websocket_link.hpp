#pragma once

#include "actors/runtime/link.hpp"
#include "gateway/network/dialer.hpp"
#include "gateway/network/link_session.hpp"
#include "gateway/network/web_address.hpp"

#include <functional>
#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace tandem {

/// Begins to connect a link that is not encrypted.
std::unique_ptr<link> connect_plain_link(asio_loop& home, const link_request& request, const web_address& to,
                                         metrics* families);

/// Begins to connect a link over TLS.
std::unique_ptr<link> connect_tls_link(asio_loop& home, const link_request& request, const web_address& to,
                                       std::shared_ptr<boost::asio::ssl::context> tls, metrics* families);

/// A connection whose client asked for a WebSocket.
struct accepted_upgrade {
  asio_loop& target;
  /// The request's text, at most `accepted_request_bound` bytes, and what came after it.
  std::string request;
  link_limits limits;
  std::chrono::milliseconds deadline;
  metrics* families;
  /// Gets the open link, or nullptr; on the target's thread.
  std::function<void(std::shared_ptr<link>)> done;
};

/// What Beast takes at once of a request that was read already.
inline constexpr std::size_t accepted_request_bound = 1536;

}  // namespace tandem
