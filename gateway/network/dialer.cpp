#include "gateway/network/dialer.hpp"

#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>

namespace tandem {

namespace asio = boost::asio;
using boost::system::error_code;

struct dialer::attempt : std::enable_shared_from_this<attempt> {
  using resolver = asio::ip::basic_resolver<asio::ip::tcp, asio::io_context::executor_type>;

  attempt(asio_loop& owner, outcome to_tell)
      : home(owner), socket(owner.context()), lookup(owner.context()), done(std::move(to_tell)) {}

  void resolve(const std::string& host, std::uint16_t port) {
    error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
      return connect(resolver::results_type::create(asio::ip::tcp::endpoint(address, port), host, ""));
    }
    // A lookup cannot be interrupted in the system's library; it must not keep the attempt alive.
    lookup.async_resolve(host, std::to_string(port), resolver::numeric_service,
                         [weak = weak_from_this()](const error_code& error, resolver::results_type found) {
                           auto self = weak.lock();
                           if (!self) return;
                           self->home.enter([&] {
                             if (error) return self->finish(error);
                             self->connect(std::move(found));
                           });
                         });
  }

  void connect(resolver::results_type found) {
    if (!done) return;
    asio::async_connect(socket, std::move(found),
                        [self = shared_from_this()](const error_code& error, const auto&) {
                          self->home.enter([&] { self->finish(error); });
                        });
  }

  void finish(error_code error) {
    if (!done) return;
    // Small messages must not wait for the acknowledgement of those before.
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
    auto tell = std::exchange(done, nullptr);
    tell(error, std::move(socket));
  }

  asio_loop& home;
  tcp_socket socket;
  resolver lookup;
  outcome done;
};

dialer::dialer(asio_loop& home, const std::string& host, std::uint16_t port, outcome done)
    : attempt_(std::make_shared<attempt>(home, std::move(done))) {
  attempt_->resolve(host, port);
}

dialer::~dialer() {
  attempt_->done = nullptr;
  attempt_->lookup.cancel();
  error_code ignored;
  attempt_->socket.close(ignored);
}

}  // namespace tandem
