#include "gateway/network/stream_bytes.hpp"
#include "gateway/network/tcp_stream.hpp"
#include "gateway/network/tls_sessions.hpp"
#include "gateway/network/websocket_session.hpp"

#include <memory>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

// Names the server in the handshake and asks for a certificate of that name.
bool expect_host(SSL* session, const std::string& host) {
  error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (!not_an_address) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1;
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set_tlsext_host_name(session, host.c_str()) == 1 && SSL_set1_host(session, host.c_str()) == 1;
}

struct tls_kind {
  using stream = boost::beast::ssl_stream<tcp_stream>;
  using context = std::shared_ptr<ssl::context>;

  static constexpr bool movable = false;
  /// As for plain streams, with OpenSSL's state and buffers.
  static constexpr std::size_t open_bytes = std::size_t{80} * 1024;

  static stream make(tcp_socket socket, const context& tls) { return {tcp_stream(std::move(socket)), *tls}; }

  static std::string explain(stream& stream, const error_code& error) {
    const auto verdict = SSL_get_verify_result(stream.native_handle());
    if (verdict == X509_V_OK) return error.message();
    return std::string("certificate: ") + X509_verify_cert_error_string(verdict);
  }

  template <class Handler>
  static void connect(stream& stream, const std::string& host, Handler done) {
    if (expect_host(stream.native_handle(), host)) {
      resume_tls_session(stream.native_handle(), host);
      return stream.async_handshake(ssl::stream_base::client, std::move(done));
    }
    boost::asio::post(stream.get_executor(), [done = std::move(done)]() mutable {
      done(error_code(boost::asio::error::invalid_argument));
    });
  }

  template <class Handler>
  static void accept(stream& stream, Handler done) {
    stream.async_handshake(ssl::stream_base::server, std::move(done));
  }

  template <class Handler>
  static void shut_down(stream& stream, Handler done) {
    stream.async_shutdown(std::move(done));
  }

  template <class Begin>
  static void move(stream stream, asio_loop& from, accepted_upgrade how, Begin begin) {
    if (&from == &how.target) return begin(std::move(stream), std::move(how));
    spdlog::error("server cannot move a TLS connection to another loop");
    how.target.post([done = std::move(how.done)] { done(nullptr); });
  }
};

}  // namespace

std::unique_ptr<link> connect_tls_link(asio_loop& home, const link_request& request, const web_address& to,
                                       std::shared_ptr<ssl::context> tls, metrics* families) {
  auto session = std::make_shared<websocket_session<tls_kind>>(
      home, link_limits{request.to, request.write_bound, request.message_bound, request.idle_timeout},
      families);
  session->connect(request, to, std::move(tls));
  return std::make_unique<session_link>(std::move(session));
}

std::unique_ptr<byte_stream> make_tls_stream(asio_loop& home, tcp_socket socket, ssl::context& tls) {
  return std::make_unique<stream_bytes<tls_kind>>(home, tls_kind::stream(tcp_stream(std::move(socket)), tls));
}

}  // namespace tandem
