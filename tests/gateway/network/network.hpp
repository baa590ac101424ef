#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/connection_count.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/network/network_client.hpp"
#include "tests/gateway/network/raw_socket.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace tandem::test {

/// Loops that run on threads of their own, as a node has them.
class network {
 public:
  explicit network(std::size_t loops = 1);
  ~network();

  asio_loop& loop(std::size_t index = 0) { return *loops_[index]; }
  std::vector<asio_loop*> loops();

  /// Runs `call` on a loop and gives back what it returns.
  template <class Call>
  auto on(asio_loop& home, Call call) -> decltype(call()) {
    auto task = std::make_shared<std::packaged_task<decltype(call())()>>(std::move(call));
    auto result = task->get_future();
    home.post([task] { (*task)(); });
    if (result.wait_for(patience) != std::future_status::ready) throw std::runtime_error("the loop hangs");
    return result.get();
  }
  template <class Call>
  auto on_loop(Call call) -> decltype(call()) {
    return on(loop(), std::move(call));
  }

  /// Whether `holds` becomes true; asked on the first loop between its handlers.
  bool becomes(std::function<bool()> holds);

  /// Whether nothing of the gateway is left on any loop.
  bool is_empty();

 private:
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("sharing")).set("scheduler.max-threads", 1); }
  };

  config config_;
  caf::actor_system system_{config_};
  std::vector<std::unique_ptr<asio_loop>> loops_;
};

/// What a link told its owner, for a test's thread to wait for.
class witness : public link_events {
 public:
  void on_open() override;
  void on_text(std::span<char> text) override;
  void on_writable() override;
  void on_closed(const link_closed& how) override;

  /// Waits; false when it did not happen in time.
  bool opened();
  bool writable();
  std::optional<link_closed> closed();
  std::optional<std::vector<std::string>> texts(std::size_t count);
  std::size_t bytes();

  /// Called on the loop in the event, after it was noted.
  std::function<void()> at_open, at_writable, at_closed;
  std::function<void(std::span<char>)> at_text;
  /// Whether texts are kept or only counted.
  bool keep_texts = true;

 private:
  bool wait(std::function<bool()> holds);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool writable_ = false;
  std::optional<link_closed> closed_;
  std::vector<std::string> texts_;
  std::size_t bytes_ = 0;
};

/// A link and its witness, kept on the link's loop.
struct watched_link {
  watched_link(network& of, link_connector& by, const link_request& request, asio_loop* at = nullptr);
  ~watched_link() { drop(); }

  void start();
  bool send(std::string text);
  void close(std::uint16_t code, std::string reason);
  void drop();

  network& net;
  asio_loop& home;
  std::unique_ptr<link> held;
  witness seen;
};

/// A server that accepts every WebSocket under /echo on some loop and sends each text back; /refuse is
/// answered with 403, /drop with nothing, other requests with their path.
class echo_server {
 public:
  explicit echo_server(network& of, server_settings settings = {}, std::size_t accept_on = 0);
  ~echo_server();

  std::string url(std::string_view scheme, std::string_view path) const;
  std::uint16_t port() const { return server_->port(); }
  http_server& server() { return *server_; }

  /// Sends to, or closes, every client there is.
  void send_all(std::string text);
  void close_all(std::uint16_t code, std::string reason);
  std::size_t clients();
  /// The loop that holds the clients.
  asio_loop& target() { return target_; }
  /// Whether every client is where it was accepted for.
  bool all_at_home();
  /// On their loop.
  void drop_clients();
  /// Texts that came from all clients.
  std::size_t received() const { return received_; }
  /// Lets every client read or not.
  void read_all(bool now);
  /// How clients ended, in order.
  std::vector<link_closed> ends();

  upgrade::bounds bounds;
  /// Looks at heads of requests with bodies.
  std::function<std::optional<server_answer>(const request_head&)> on_head;
  /// Replaces what it does with a request.
  std::function<void(server_request, respond)> on_request;
  /// Whether clients' messages are read; applies to those that come after.
  bool reading = true;

 private:
  struct client;
  void take(std::shared_ptr<link> accepted);

  network& net_;
  asio_loop& target_;
  std::map<client*, std::unique_ptr<client>> clients_;
  std::vector<link_closed> ends_;
  std::atomic<std::size_t> received_{0};
  std::unique_ptr<http_server> server_;
};

/// An echo server on a network that must be empty when this ends.
struct echo_network {
  explicit echo_network(server_settings settings = {}, std::size_t loops = 1, std::size_t accept_on = 0)
      : net(loops), echo(net, std::move(settings), accept_on) {}
  ~echo_network();

  link_request request(std::string_view path = "/echo") const { return {.url = echo.url("ws", path)}; }

  network net;
  echo_server echo;
};

}  // namespace tandem::test
