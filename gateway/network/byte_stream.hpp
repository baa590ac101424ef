#pragma once

#include "gateway/network/websocket_link.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

namespace tandem {

/// The bytes of one connection, plain or TLS, as HTTP sees them; on its loop's thread, at most one read and
/// one write at a time. Whoever destroys it waits for its handlers first; `close` makes them come.
class byte_stream {
 public:
  using handler = std::function<void(const boost::system::error_code&, std::size_t)>;

  virtual ~byte_stream() = default;

  /// TLS from the client's side, with the name that the certificate must carry; nothing to do when plain.
  virtual void connect(const std::string& host, handler done) = 0;

  /// Why `connect` failed, in words.
  virtual std::string explain(const boost::system::error_code& error) = 0;

  /// TLS from the server's side.
  virtual void accept(handler done) = 0;

  virtual void read(std::span<char> into, handler done) = 0;

  /// Writes all of it; the text must stay until it is done.
  virtual void write(std::string_view text, handler done) = 0;

  /// Says that nothing more is written, so that what was written arrives before the end does.
  virtual void shut_down(handler done) = 0;

  virtual void close() noexcept = 0;

  /// Whether `upgrade` can take it to another loop.
  virtual bool can_move() const = 0;

  /// Makes a WebSocket of it, which leaves this object closed; no operation may be pending.
  virtual void upgrade(accepted_upgrade how) = 0;
};

std::unique_ptr<byte_stream> make_plain_stream(asio_loop& home, tcp_socket socket);
std::unique_ptr<byte_stream> make_tls_stream(asio_loop& home, tcp_socket socket,
                                             boost::asio::ssl::context& tls);

}  // namespace tandem
