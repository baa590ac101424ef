#include "gateway/network/open_body.hpp"

#include "tests/gateway/network/network.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// A server whose answers to everything but /plain have no end until the test ends them.
struct fixture : echo_network {
  explicit fixture(server_settings settings = {}, std::size_t bound = 100'000)
      : echo_network(std::move(settings)) {
    echo.on_request = [this, bound](server_request request, respond answer) {
      if (request.head.path == "/plain") return answer({.body = "plain"});
      auto [write, read] = open_body::make(bound);
      answer({.content_type = "text/event-stream", .headers = {{"Cache-Control", "no-cache"}}, .open = read});
      std::lock_guard guard(mutex);
      body = std::move(write);
      changed.notify_all();
    };
  }
  ~fixture() {
    std::lock_guard guard(mutex);
    body.reset();
  }

  open_body::writer& writer() {
    std::unique_lock lock(mutex);
    changed.wait_for(lock, patience, [this] { return body != nullptr; });
    REQUIRE(body);
    return *body;
  }

  void whole() {
    writer();
    std::lock_guard guard(mutex);
    body.reset();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::unique_ptr<open_body::writer> body;
};

constexpr std::string_view request = "GET /open HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\nServer: tandem\r\nConnection: close\r\nContent-Type: text/event-stream\r\n"
    "Transfer-Encoding: chunked\r\nCache-Control: no-cache\r\n\r\n";

}  // namespace

TEST_CASE("an open body comes in chunks as it is written, and ends with its writer") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(request);
  CHECK(client.read_until("\r\n\r\n") == head);
  CHECK(f.writer().write("one"));
  CHECK(client.read_until("one\r\n") == "3\r\none\r\n");
  CHECK(f.writer().write(std::string(20, 'x')));
  CHECK(client.read_until("xx\r\n") == "14\r\n" + std::string(20, 'x') + "\r\n");
  f.whole();
  CHECK(client.read_all() == "0\r\n\r\n");
}

TEST_CASE("what was written before the connection knew of the body is not lost") {
  fixture f;
  f.echo.on_request = [](server_request, respond answer) {
    auto [write, read] = open_body::make(100);
    CHECK(write->write("early"));
    write.reset();
    answer({.open = read});
  };
  raw_client client(f.echo.port());
  client.send(request);
  const auto all = client.read_all();
  REQUIRE(all);
  CHECK(all->ends_with("\r\n\r\n5\r\nearly\r\n0\r\n\r\n"));
}

TEST_CASE("a client of HTTP/1.0 gets an open body without chunks") {
  fixture f;
  raw_client client(f.echo.port());
  client.send("GET /open HTTP/1.0\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n").find("chunked") == std::string::npos);
  CHECK(f.writer().write("one"));
  f.whole();
  CHECK(client.read_all() == "one");
}

TEST_CASE("HEAD gets the head of an open body") {
  fixture f;
  raw_client client(f.echo.port());
  client.send("HEAD /open HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.read_all() == std::string(head));
  CHECK(f.net.becomes([&] { return !f.writer().is_read(); }));
}

TEST_CASE("pieces that come faster than they are sent arrive whole and in order") {
  fixture f;
  raw_client client(f.echo.port());
  client.send("GET /open HTTP/1.0\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  std::string all;
  for (int n = 0; n < 5000; ++n) {
    const auto piece = std::to_string(n) + ",";
    REQUIRE(f.writer().write(piece));
    all += piece;
  }
  f.whole();
  CHECK(client.read_all() == all);
}

TEST_CASE("a client that leaves is noticed while nothing is written") {
  fixture f;
  {
    raw_client client(f.echo.port());
    client.send(request);
    CHECK(client.read_until("\r\n\r\n") == head);
    CHECK(f.writer().is_read());
    // What it says meanwhile changes nothing.
    client.send("GET /plain HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(f.writer().write("still here"));
    CHECK(client.read_until("still here\r\n") == "a\r\nstill here\r\n");
  }
  CHECK(f.net.becomes([&] { return !f.writer().is_read(); }));
  CHECK_FALSE(f.writer().write("anybody?"));
  CHECK(f.net.becomes([] { return live_http_connections() == 0; }));
}

TEST_CASE("a client that reads nothing is cut off at the bound, and nothing of it is left") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(request);
  const std::string piece(50'000, 'x');
  std::size_t written = 0;
  // Sockets hold some megabytes before any of it waits here.
  while (f.writer().write(piece) && written < 100'000'000) {
    written += piece.size();
    f.net.on_loop([] { return 0; });
  }
  CHECK(written < 100'000'000);
  CHECK_FALSE(f.writer().is_read());
  CHECK(f.net.becomes([] { return live_http_connections() == 0; }));
}

TEST_CASE("a piece that cannot be sent in time ends the connection") {
  fixture f({.request_timeout = 300ms}, 100'000'000);
  raw_client client(f.echo.port());
  client.send(request);
  CHECK(f.writer().write(std::string(50'000'000, 'x')));
  CHECK(f.net.becomes([&] { return !f.writer().is_read(); }));
}

TEST_CASE("a body that falls silent for good does not keep its connection") {
  fixture f({.silence_timeout = 100ms});
  raw_client client(f.echo.port());
  client.send(request);
  CHECK(client.read_all() == std::string(head));
  CHECK(f.net.becomes([&] { return !f.writer().is_read(); }));
}

TEST_CASE("an open body that nobody takes tells its writer") {
  fixture f;
  auto [write, read] = open_body::make(10);
  read.reset();
  CHECK_FALSE(write->is_read());
  CHECK_FALSE(write->write("x"));
}

TEST_CASE("a peer for whom there is no room gets no open body") {
  fixture f({.book_known = []() -> std::shared_ptr<void> { return nullptr; }});
  f.echo.on_request = [](server_request, respond answer) {
    auto [write, read] = open_body::make(10);
    answer({.known_peer = true, .open = read});
  };
  raw_client client(f.echo.port());
  client.send(request);
  const auto all = client.read_all();
  REQUIRE(all);
  CHECK(all->starts_with("HTTP/1.1 503"));
}

TEST_CASE("stop ends connections with open bodies") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(request);
  CHECK(client.read_until("\r\n\r\n") == head);
  CHECK(f.writer().is_read());
  f.echo.server().stop();
  CHECK(live_http_connections() == 0);
  CHECK_FALSE(f.writer().is_read());
  CHECK(client.read_all() == "");
}
