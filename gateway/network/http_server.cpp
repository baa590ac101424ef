#include "gateway/network/http_server.hpp"

#include "gateway/network/http_connection.hpp"
#include "gateway/network/tls_context.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/beast/core/string.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

using acceptor = asio::basic_socket_acceptor<tcp, asio::io_context::executor_type>;
using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// Without descriptors the next accept fails as well; others give some back meanwhile.
constexpr std::chrono::milliseconds accept_pause{100};

// For every loop to close what it has; only a loop that has already ended does not answer.
constexpr std::chrono::seconds stop_timeout{10};

bool out_of_resources(const error_code& error) {
  return error == asio::error::no_descriptors || error == asio::error::no_memory ||
         error == asio::error::no_buffer_space || error == boost::system::errc::too_many_files_open_in_system;
}

// Ports that are shared on purpose would be shared with any other process of this user as well.
void expect_free(asio_loop& loop, const tcp::endpoint& where) {
  if (where.port() == 0) return;
  acceptor probe(loop.context());
  probe.open(where.protocol());
  probe.set_option(acceptor::reuse_address(true));
  probe.bind(where);
}

std::string_view find_value(const std::vector<std::pair<std::string, std::string>>& pairs,
                            std::string_view name, bool (*same)(std::string_view, std::string_view)) {
  for (const auto& [key, value] : pairs) {
    if (same(key, name)) return value;
  }
  return {};
}

}  // namespace

std::string_view request_head::header(std::string_view name) const {
  return find_value(headers, name, [](std::string_view left, std::string_view right) {
    return boost::beast::iequals(left, right);
  });
}

std::string_view request_head::parameter(std::string_view name) const {
  return find_value(query, name, [](std::string_view left, std::string_view right) { return left == right; });
}

/// One loop's acceptor and connections; on that loop's thread once the server has started.
struct listener {
  listener(std::shared_ptr<server_context> of, asio_loop& at, const tcp::endpoint& where)
      : server(std::move(of)), home(at), port(at.context()) {
    port.open(where.protocol());
    port.set_option(acceptor::reuse_address(true));
    port.set_option(reuse_port(true));
    port.bind(where);
    port.listen(asio::socket_base::max_listen_connections);
  }

  void accept_next(const std::shared_ptr<listener>& self) {
    port.async_accept([self](const error_code& error, tcp_socket socket) {
      self->home.enter([&] { self->accepted(self, error, std::move(socket)); });
    });
  }

  void accepted(const std::shared_ptr<listener>& self, const error_code& error, tcp_socket socket) {
    if (!port.is_open()) return;
    if (out_of_resources(error)) {
      if (!std::exchange(starved, true)) {
        spdlog::warn("server cannot accept connections what=\"{}\"", error.message());
      }
      pause = home.at(home.now() + accept_pause, [this, self] { accept_next(self); });
      return;
    }
    starved = false;
    if (!error) take(std::move(socket));
    accept_next(self);
  }

  void take(tcp_socket socket) {
    if (!make_room()) return;
    error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (!error) socket.set_option(tcp::no_delay(true), error);
    if (error) return;
    auto stream = server->tls ? make_tls_stream(home, std::move(socket), *server->tls)
                              : make_plain_stream(home, std::move(socket));
    std::make_shared<http_connection>(server, home, connections, std::move(stream),
                                      remote.address().to_string())
        ->start();
  }

  /// Whether there is room for one more unknown peer, perhaps since another had to go: one that has had its
  /// answer, or else the one that has been silent for longest. So whoever opens connections and says nothing,
  /// or nothing of use, keeps nobody out who does. Each loop has its share, for it can only end what is its
  /// own.
  bool make_room() {
    if (connections->unknown < server->unknown_share) return true;
    std::shared_ptr<http_connection> least;
    for (const auto& each : connections->all) {
      const auto stake = each->at_stake();
      if (stake && (!least || *stake < *least->at_stake())) least = each;
    }
    if (least) least->end();
    return least != nullptr;
  }

  void close() {
    pause.cancel();
    error_code ignored;
    port.close(ignored);
  }

  void end_connections() {
    while (!connections->all.empty()) (*connections->all.begin())->end();
  }

  std::shared_ptr<server_context> server;
  asio_loop& home;
  acceptor port;
  timer pause;
  bool starved = false;
  std::shared_ptr<http_connection::crowd> connections = std::make_shared<http_connection::crowd>();
};

class http_server::state {
 public:
  std::shared_ptr<server_context> context = std::make_shared<server_context>();
  std::vector<std::shared_ptr<listener>> listeners;
  std::uint16_t port = 0;
  std::atomic<bool> started{false};
};

http_server::http_server(std::vector<asio_loop*> loops, server_settings settings, server_handlers handlers,
                         metrics* families)
    : state_(std::make_shared<state>()) {
  const auto name = settings.host + ":" + std::to_string(settings.port);
  auto& context = *state_->context;
  if (!settings.tls_certificate.empty() || !settings.tls_key.empty()) {
    context.tls.emplace(make_server_tls(settings.tls_certificate, settings.tls_key));
  }
  tcp::endpoint where;
  try {
    where = {asio::ip::make_address(settings.host), settings.port};
    if (!loops.empty()) expect_free(*loops.front(), where);
    for (auto loop : loops) {
      state_->listeners.push_back(std::make_shared<listener>(state_->context, *loop, where));
      where.port(state_->listeners.front()->port.local_endpoint().port());
    }
  } catch (const boost::system::system_error& failure) {
    throw std::runtime_error("cannot listen on " + name + ": " + failure.code().message());
  }
  state_->port = where.port();
  context.settings = std::move(settings);
  context.handlers = std::move(handlers);
  context.families = families;
  bound_unknown(context.settings.unknown_bound);
}

http_server::~http_server() { stop(); }

void http_server::start() {
  state_->started = true;
  for (auto& listener : state_->listeners) {
    listener->home.post([listener] { listener->accept_next(listener); });
  }
}

std::uint16_t http_server::port() const { return state_->port; }

void http_server::bound_unknown(std::size_t bound) {
  const auto loops = std::max<std::size_t>(1, state_->listeners.size());
  state_->context->unknown_share = std::max<std::size_t>(1, bound / loops);
}

void http_server::stop_accepting() {
  if (!state_->started) return;
  for (auto& listener : state_->listeners) {
    listener->home.post([listener] { listener->close(); });
  }
}

void http_server::stop() {
  if (!state_->started.exchange(false)) return;
  auto left = std::make_shared<std::atomic<std::size_t>>(state_->listeners.size());
  for (auto& listener : state_->listeners) {
    listener->home.post([listener, left] {
      listener->close();
      listener->end_connections();
      std::lock_guard guard(listener->server->mutex);
      --*left;
      listener->server->changed.notify_all();
    });
  }
  auto& context = *state_->context;
  std::unique_lock lock(context.mutex);
  const bool done =
      context.changed.wait_for(lock, stop_timeout, [&] { return *left == 0 && context.open == 0; });
  if (!done) spdlog::error("server left connections behind open={}", context.open);
}

}  // namespace tandem
