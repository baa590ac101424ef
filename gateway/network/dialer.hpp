#pragma once

#include "gateway/network/asio_loop.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tandem {

/// A TCP socket of one loop; the concrete executor keeps its operations lean.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

/// Looks a name up and connects to the first of its addresses that answers; it knows no deadline, its owner
/// does.
class dialer {
 public:
  /// Called once, never before the constructor returned; the socket is open when there is no error.
  using outcome = std::function<void(const boost::system::error_code&, tcp_socket)>;

  dialer(asio_loop& home, const std::string& host, std::uint16_t port, outcome done);

  /// Gives up: no outcome follows.
  ~dialer();
  dialer(const dialer&) = delete;
  dialer& operator=(const dialer&) = delete;

 private:
  struct attempt;
  std::shared_ptr<attempt> attempt_;
};

}  // namespace tandem
