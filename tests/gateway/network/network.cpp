#include "tests/gateway/network/network.hpp"

#include <utility>

#include <doctest/doctest.h>

namespace tandem::test {

network::network(std::size_t loops) {
  for (std::size_t index = 0; index < loops; ++index) {
    loops_.push_back(std::make_unique<asio_loop>(system_, index));
    loops_.back()->start();
  }
}

network::~network() {
  for (auto& each : loops_) each->stop();
}

std::vector<asio_loop*> network::loops() {
  std::vector<asio_loop*> all;
  for (auto& each : loops_) all.push_back(each.get());
  return all;
}

bool network::becomes(std::function<bool()> holds) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  do {
    if (on_loop(holds)) return true;
  } while (std::chrono::steady_clock::now() < deadline);
  return false;
}

bool network::is_empty() {
  return becomes([this] {
    for (auto& each : loops_) {
      if (each->armed_timers() != 0) return false;
    }
    return live_links() == 0 && live_http_connections() == 0;
  });
}

void witness::on_open() {
  {
    std::lock_guard guard(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  if (at_open) at_open();
}

void witness::on_text(std::span<char> text) {
  {
    std::lock_guard guard(mutex_);
    bytes_ += text.size();
    if (keep_texts) texts_.emplace_back(text.begin(), text.end());
    changed_.notify_all();
  }
  if (at_text) at_text(text);
}

void witness::on_writable() {
  {
    std::lock_guard guard(mutex_);
    writable_ = true;
    changed_.notify_all();
  }
  if (at_writable) at_writable();
}

void witness::on_closed(const link_closed& how) {
  {
    std::lock_guard guard(mutex_);
    closed_ = how;
    changed_.notify_all();
  }
  if (at_closed) at_closed();
}

bool witness::wait(std::function<bool()> holds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, holds);
}

bool witness::opened() {
  return wait([this] { return open_; });
}

bool witness::writable() {
  return wait([this] { return writable_; });
}

std::optional<link_closed> witness::closed() {
  wait([this] { return closed_.has_value(); });
  std::lock_guard guard(mutex_);
  return closed_;
}

std::optional<std::vector<std::string>> witness::texts(std::size_t count) {
  if (!wait([this, count] { return texts_.size() >= count; })) return std::nullopt;
  std::lock_guard guard(mutex_);
  return texts_;
}

std::size_t witness::bytes() {
  std::lock_guard guard(mutex_);
  return bytes_;
}

watched_link::watched_link(network& of, link_connector& by, const link_request& request, asio_loop* at)
    : net(of), home(at != nullptr ? *at : of.loop()) {
  net.on(home, [&] { held = by.connect(home, request); });
}

void watched_link::start() {
  net.on(home, [this] { held->start(seen); });
}

bool watched_link::send(std::string text) {
  return net.on(home, [&] { return held && held->send(text); });
}

void watched_link::close(std::uint16_t code, std::string reason) {
  net.on(home, [&] { held->close(code, reason); });
}

void watched_link::drop() {
  net.on(home, [this] { held.reset(); });
}

struct echo_server::client final : link_events {
  client(echo_server& of, std::shared_ptr<link> accepted) : server(of), held(std::move(accepted)) {}

  void on_text(std::span<char> text) override {
    ++server.received_;
    held->send({text.data(), text.size()});
  }
  void on_closed(const link_closed& how) override {
    server.ends_.push_back(how);
    server.clients_.erase(this);
  }

  echo_server& server;
  std::shared_ptr<link> held;
};

echo_server::echo_server(network& of, server_settings settings, std::size_t accept_on)
    : net_(of), target_(of.loop(accept_on)) {
  server_handlers handlers;
  handlers.on_head = [this](const request_head& head) { return on_head ? on_head(head) : std::nullopt; };
  handlers.on_request = [this](server_request request, respond answer) {
    if (on_request) return on_request(std::move(request), std::move(answer));
    answer({.status = 200, .content_type = "text/plain", .body = request.head.path});
  };
  handlers.on_upgrade = [this](std::unique_ptr<upgrade> wish) {
    if (wish->head().path == "/refuse") return wish->refuse({.status = 403, .body = "{}"});
    if (wish->head().path == "/drop") return;
    auto& target = wish->can_move() ? target_ : wish->home();
    wish->accept(target, bounds, [this](std::shared_ptr<link> accepted) {
      if (accepted) take(std::move(accepted));
    });
  };
  server_ = std::make_unique<http_server>(net_.loops(), std::move(settings), std::move(handlers));
  server_->start();
}

echo_server::~echo_server() {
  server_->stop();
  net_.on(target_, [this] { clients_.clear(); });
}

void echo_server::take(std::shared_ptr<link> accepted) {
  auto fresh = std::make_unique<client>(*this, std::move(accepted));
  if (!reading) fresh->held->pause_reading(true);
  fresh->held->start(*fresh);
  clients_.emplace(fresh.get(), std::move(fresh));
}

std::string echo_server::url(std::string_view scheme, std::string_view path) const {
  return std::string(scheme) + "://localhost:" + std::to_string(server_->port()) + std::string(path);
}

void echo_server::send_all(std::string text) {
  net_.on(target_, [&] {
    for (auto& [key, each] : clients_) each->held->send(text);
  });
}

void echo_server::close_all(std::uint16_t code, std::string reason) {
  net_.on(target_, [&] {
    for (auto& [key, each] : clients_) each->held->close(code, reason);
  });
}

std::size_t echo_server::clients() {
  if (target_.here()) return clients_.size();
  return net_.on(target_, [this] { return clients_.size(); });
}

void echo_server::drop_clients() { clients_.clear(); }

bool echo_server::all_at_home() {
  return net_.on(target_, [this] {
    for (auto& [key, each] : clients_) {
      if (&each->held->home() != &target_) return false;
    }
    return target_.here();
  });
}

void echo_server::read_all(bool now) {
  net_.on(target_, [&] {
    for (auto& [key, each] : clients_) each->held->pause_reading(!now);
  });
}

std::vector<link_closed> echo_server::ends() {
  if (target_.here()) return ends_;
  return net_.on(target_, [this] { return ends_; });
}

echo_network::~echo_network() {
  echo.server().stop();
  net.on(echo.target(), [this] { echo.drop_clients(); });
  CHECK(net.is_empty());
}

}  // namespace tandem::test
