#pragma once

#include "gateway/network/websocket_link.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace tandem {

namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;

/// A WebSocket over one kind of stream; included only where that kind is instantiated.
///
/// `Kind::stream` is what it runs on, `Kind::make` wraps a socket, `Kind::connect` shakes hands as a client.
template <class Kind>
class websocket_session final : public link_session {
 public:
  using link_session::link_session;

  /// Client: looks up, connects, shakes hands.
  void connect(const link_request& request, const web_address& to, typename Kind::context tls) {
    expect_open(request.connect_timeout);
    opening_ = std::make_unique<opening>(opening{to, request.headers, {}, nullptr});
    opening_->dial = std::make_unique<dialer>(
        home(), to.host, to.port, [this, tls = std::move(tls)](const error_code& error, tcp_socket socket) {
          if (error) return end(error, "connect");
          make_stream(Kind::make(std::move(socket), tls));
          Kind::connect(stream_->next_layer(), opening_->to.host, handler(&websocket_session::secured));
        });
  }

  /// Server: answers a request that was read already.
  void accept(typename Kind::stream next, accepted_upgrade how) {
    expect_open(how.deadline);
    make_stream(std::move(next));
    stream_->set_option(websocket::stream_base::decorator(
        [](websocket::response_type& response) { response.set(http::field::server, "tandem"); }));
    accepted_ = std::make_unique<accepted_upgrade>(std::move(how));
    stream_->async_accept(boost::asio::buffer(accepted_->request), handler(&websocket_session::accepted));
  }

 protected:
  void read() override { stream_->async_read(buffer_, handler(&websocket_session::was_read)); }

  void write(std::string_view message, bool is_text) override {
    stream_->text(is_text);
    stream_->async_write(boost::asio::buffer(message), handler(&websocket_session::was_written));
  }

  void ping() override { stream_->async_ping({}, handler(&websocket_session::was_pinged)); }

  void shake_off(std::uint16_t code, std::string_view reason) override {
    websocket::close_reason why(static_cast<websocket::close_code>(code));
    why.reason.assign(reason.data(), std::min(reason.size(), why.reason.max_size()));
    stream_->async_close(why, handler(&websocket_session::was_shaken_off));
  }

  void drop() noexcept override {
    if (opening_) opening_->dial.reset();
    error_code ignored;
    if (stream_) boost::beast::get_lowest_layer(*stream_).close(ignored);
  }

  std::span<char> message() override {
    const auto size = buffer_.size();
    buffer_.prepare(1);
    return {static_cast<char*>(buffer_.data().data()), size};
  }

  void forget_message() override {
    buffer_.clear();
    if (buffer_.capacity() > kept_buffer) buffer_.shrink_to_fit();
    occupied_.set(Kind::open_bytes + buffer_.capacity());
  }

  link_closed peer_reason() const override {
    const auto& why = stream_->reason();
    return {.code = why.code, .reason = std::string(why.reason.data(), why.reason.size())};
  }

 private:
  using error_code = boost::system::error_code;
  using stream = websocket::stream<typename Kind::stream, false>;

  // What a link keeps of its reading buffer after a large message.
  static constexpr std::size_t kept_buffer = 64 * 1024;

  // What only a client that is not open yet needs.
  struct opening {
    web_address to;
    std::vector<std::pair<std::string, std::string>> headers;
    websocket::response_type response;
    std::unique_ptr<dialer> dial;
  };

  std::shared_ptr<websocket_session> self() {
    return std::static_pointer_cast<websocket_session>(shared_from_this());
  }

  auto handler(void (websocket_session::*method)(const error_code&)) {
    return [self = self(), method](const error_code& error, auto&&...) {
      self->home().enter([&] { (self.get()->*method)(error); });
    };
  }

  void make_stream(typename Kind::stream next) {
    stream_.emplace(std::move(next));
    occupied_.set(Kind::open_bytes);
    stream_->auto_fragment(false);
    // Where a client masks what it sends: 100 ms of PCMU fit, and longer messages go out in pieces.
    stream_->write_buffer_bytes(2048);
    if (const auto bound = limits().system_bound; bound != 0) {
      error_code ignored;
      boost::beast::get_lowest_layer(*stream_).set_option(
          boost::asio::socket_base::send_buffer_size(static_cast<int>(bound)), ignored);
    }
    stream_->read_message_max(limits().message_bound);
    stream_->control_callback(
        [this](websocket::frame_type kind, auto) { heard(kind == websocket::frame_type::close); });
  }

  void secured(const error_code& error) {
    if (ended()) return;
    if (error) {
      return end({.reason = "TLS handshake: " + Kind::explain(stream_->next_layer(), error)},
                 failure_of(error));
    }
    stream_->set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(http::field::user_agent, "tandem");
      for (const auto& [name, value] : opening_->headers) request.set(name, value);
    }));
    stream_->async_handshake(opening_->response, opening_->to.authority(), opening_->to.target,
                             handler(&websocket_session::upgraded));
  }

  void upgraded(const error_code& error) {
    if (ended()) return;
    const auto status = opening_->response.result_int();
    if (error == websocket::error::upgrade_declined) {
      return end({.reason = "upgrade refused with status " + std::to_string(status), .http_status = status},
                 connection_failure::upgrade);
    }
    if (error) return end(error, "upgrade");
    opening_.reset();
    opened();
  }

  void accepted(const error_code& error) {
    auto done = std::move(accepted_->done);
    accepted_.reset();
    if (!ended() && error) end(error, "upgrade");
    if (ended()) return done(nullptr);
    opened();
    done(std::make_shared<session_link>(self()));
  }

  void was_read(const error_code& error) { read_done(error, stream_->got_text()); }
  void was_written(const error_code& error) { write_done(error); }
  void was_pinged(const error_code&) { ping_done(); }
  void was_shaken_off(const error_code&) { shake_off_done(); }

  std::unique_ptr<opening> opening_;
  std::unique_ptr<accepted_upgrade> accepted_;
  std::optional<stream> stream_;
  counted_bytes occupied_;
  boost::beast::flat_buffer buffer_{limits().message_bound + 4096};
};

}  // namespace tandem
