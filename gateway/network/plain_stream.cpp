#include "gateway/network/stream_bytes.hpp"
#include "gateway/network/tcp_stream.hpp"
#include "gateway/network/websocket_session.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <unistd.h>
#include <utility>

#include <boost/asio/post.hpp>

namespace tandem {

namespace {

using boost::system::error_code;

// A descriptor on its way from one loop to another; closed if it never arrives.
struct travelling_socket {
  explicit travelling_socket(int released) : descriptor(released) {}
  ~travelling_socket() {
    if (descriptor >= 0) ::close(descriptor);
  }
  travelling_socket(const travelling_socket&) = delete;
  travelling_socket& operator=(const travelling_socket&) = delete;

  int descriptor;
};

struct plain_kind {
  using stream = tcp_stream;
  using context = std::nullptr_t;

  static constexpr bool movable = true;
  /// What an open session occupies without its reading buffer; tests/gateway/network/link_memory.cpp measures
  /// it.
  static constexpr std::size_t open_bytes = std::size_t{8} * 1024;

  static stream make(tcp_socket socket, context) { return stream(std::move(socket)); }

  static std::string explain(const stream&, const error_code& error) { return error.message(); }

  template <class Handler>
  static void connect(stream& stream, const std::string&, Handler done) {
    boost::asio::post(stream.get_executor(), [done = std::move(done)]() mutable { done(error_code{}); });
  }

  template <class Handler>
  static void accept(stream& stream, Handler done) {
    connect(stream, {}, std::move(done));
  }

  template <class Handler>
  static void shut_down(stream& stream, Handler done) {
    error_code error;
    stream.shutdown(tcp_socket::shutdown_send, error);
    connect(stream, {}, [error, done = std::move(done)](error_code) mutable { done(error); });
  }

  template <class Begin>
  static void move(stream socket, asio_loop& from, accepted_upgrade how, Begin begin) {
    if (&from == &how.target) return begin(std::move(socket), std::move(how));
    error_code error;
    const auto protocol = socket.local_endpoint(error).protocol();
    const auto descriptor = error ? -1 : socket.release(error);
    auto travelling = std::make_shared<travelling_socket>(error ? -1 : descriptor);
    how.target.post([travelling, protocol, begin, how = std::move(how)]() mutable {
      tcp_socket arrived(how.target.context());
      error_code error = boost::asio::error::bad_descriptor;
      if (travelling->descriptor >= 0) arrived.assign(protocol, travelling->descriptor, error);
      if (error) return how.done(nullptr);
      travelling->descriptor = -1;
      begin(stream(std::move(arrived)), std::move(how));
    });
  }
};

}  // namespace

std::unique_ptr<link> connect_plain_link(asio_loop& home, const link_request& request, const web_address& to,
                                         metrics* families) {
  auto session = std::make_shared<websocket_session<plain_kind>>(
      home, link_limits{request.to, request.write_bound, request.message_bound, request.idle_timeout},
      families);
  session->connect(request, to, nullptr);
  return std::make_unique<session_link>(std::move(session));
}

std::unique_ptr<byte_stream> make_plain_stream(asio_loop& home, tcp_socket socket) {
  return std::make_unique<stream_bytes<plain_kind>>(home, plain_kind::make(std::move(socket), nullptr));
}

}  // namespace tandem
