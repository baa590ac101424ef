#pragma once

#include "gateway/network/byte_stream.hpp"
#include "gateway/network/websocket_session.hpp"

#include <optional>
#include <utility>

#include <boost/asio/write.hpp>

namespace tandem {

/// The bytes of one kind of stream; included only where that kind is instantiated.
template <class Kind>
class stream_bytes final : public byte_stream {
  using error_code = boost::system::error_code;

 public:
  stream_bytes(asio_loop& home, typename Kind::stream stream) : home_(home), stream_(std::move(stream)) {}

  void connect(const std::string& host, handler done) override {
    Kind::connect(stream_, host, whole(std::move(done)));
  }

  std::string explain(const error_code& error) override { return Kind::explain(stream_, error); }

  void accept(handler done) override { Kind::accept(stream_, whole(std::move(done))); }

  void read(std::span<char> into, handler done) override {
    stream_.async_read_some(boost::asio::buffer(into.data(), into.size()), wrapped(std::move(done)));
  }

  void write(std::string_view text, handler done) override {
    boost::asio::async_write(stream_, boost::asio::buffer(text), wrapped(std::move(done)));
  }

  void shut_down(handler done) override { Kind::shut_down(stream_, whole(std::move(done))); }

  void close() noexcept override {
    error_code ignored;
    boost::beast::get_lowest_layer(stream_).close(ignored);
  }

  bool can_move() const override { return Kind::movable; }

  void upgrade(accepted_upgrade how) override {
    Kind::move(
        std::move(stream_), home_, std::move(how), [](typename Kind::stream stream, accepted_upgrade how) {
          auto session = std::make_shared<websocket_session<Kind>>(how.target, how.limits, how.families);
          session->accept(std::move(stream), std::move(how));
        });
  }

 private:
  auto wrapped(handler done) {
    return [&home = home_, done = std::move(done)](const error_code& error, std::size_t bytes) {
      home.enter([&] { done(error, bytes); });
    };
  }

  auto whole(handler done) {
    return [&home = home_, done = std::move(done)](const error_code& error) {
      home.enter([&] { done(error, 0); });
    };
  }

  asio_loop& home_;
  typename Kind::stream stream_;
};

}  // namespace tandem
