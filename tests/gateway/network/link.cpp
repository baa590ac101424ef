#include "tests/gateway/network/network.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

struct fixture : echo_network {
  explicit fixture(std::size_t loops = 1, std::size_t accept_on = 0) : echo_network({}, loops, accept_on) {}

  std::unique_ptr<link_connector> connector = make_link_connector();
};

}  // namespace

TEST_CASE("texts come back over a WebSocket in order, whatever their size") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.start();
  REQUIRE(client.seen.opened());
  std::vector<std::string> sent;
  for (const std::size_t size : {0, 1, 125, 126, 1500, 4096, 4097, 65535, 65536, 100000}) {
    sent.emplace_back(size, static_cast<char>('a' + sent.size()));
    CHECK(client.send(sent.back()));
  }
  CHECK(client.seen.texts(sent.size()) == sent);
  client.close(1000, "done");
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK(closed->was_open);
  CHECK(closed->code == 0);
  CHECK(closed->reason == "closed");
  CHECK(f.net.becomes([&] { return f.echo.clients() == 0; }));
  CHECK(f.echo.ends().front().code == 1000);
  CHECK(f.echo.ends().front().reason == "done");
}

TEST_CASE("a byte beyond each text is writable") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.seen.at_text = [](std::span<char> text) { text.data()[text.size()] = '\0'; };
  client.start();
  std::vector<std::string> sent;
  for (std::size_t size = 1; size < 5000; size += 97) {
    sent.emplace_back(size, 'x');
    client.send(sent.back());
  }
  CHECK(client.seen.texts(sent.size()) == sent);
}

TEST_CASE("what was sent before it opened, and before it closes, arrives") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  CHECK(client.send("early"));
  client.start();
  REQUIRE(client.seen.texts(1));
  f.net.on_loop([&] {
    for (int each = 0; each < 100; ++each) client.held->send("late");
    client.held->close(4000, "bye");
    CHECK_FALSE(client.held->send("after the end"));
  });
  REQUIRE(client.seen.closed());
  CHECK(f.net.becomes([&] { return f.echo.clients() == 0; }));
  CHECK(f.echo.ends().front().code == 4000);
  CHECK(f.echo.received() == 101);
}

TEST_CASE("the peer's close tells its code and reason") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.start();
  REQUIRE(client.seen.opened());
  REQUIRE(f.net.becomes([&] { return f.echo.clients() == 1; }));
  f.echo.close_all(1008, "quota exceeded");
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK(closed->code == 1008);
  CHECK(closed->reason == "quota exceeded");
  CHECK(closed->was_open);
}

TEST_CASE("a refused upgrade tells its status") {
  fixture f;
  for (const auto& [path, status] : {std::pair{"/refuse", 403U}, std::pair{"/drop", 503U}}) {
    watched_link client(f.net, *f.connector, f.request(path));
    client.start();
    const auto closed = client.seen.closed();
    REQUIRE(closed);
    CHECK(closed->http_status == status);
    CHECK_FALSE(closed->was_open);
  }
}

TEST_CASE("nobody at the port, nobody who answers, and no address: each says so") {
  fixture f;
  deaf_listener nobody(false);
  deaf_listener deaf;
  const auto reason = [&](std::string url, std::chrono::milliseconds limit = patience,
                          std::vector<std::pair<std::string, std::string>> headers = {}) {
    watched_link client(f.net, *f.connector,
                        {.url = std::move(url), .headers = std::move(headers), .connect_timeout = limit});
    client.start();
    const auto closed = client.seen.closed();
    return closed && !closed->was_open ? closed->reason : "";
  };
  CHECK(reason("ws://127.0.0.1:" + std::to_string(nobody.port())) == "connect: Connection refused");
  CHECK(reason("ws://127.0.0.1:" + std::to_string(deaf.port()), 50ms) == "connect timed out");
  CHECK(reason("wss://127.0.0.1:" + std::to_string(deaf.port()), 50ms) == "connect timed out");
  CHECK(reason("http://127.0.0.1/") == "URL must be ws or wss");
  CHECK(reason("ws://me@127.0.0.1/") == "URL must not hold user information");
  CHECK(reason(f.echo.url("ws", "/echo"), patience, {{"X", "a\r\nb"}}) == "header holds a control character");
}

TEST_CASE("a message beyond the bound closes the link at either side") {
  fixture f;
  f.echo.bounds.message_bound = 1000;
  watched_link client(f.net, *f.connector, f.request());
  client.start();
  CHECK(client.send(std::string(1000, 'x')));
  REQUIRE(client.seen.texts(1));
  client.send(std::string(1001, 'x'));
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK(closed->code == 1009);

  auto small = f.request();
  small.message_bound = 100;
  f.echo.bounds.message_bound = 1000;
  watched_link bounded(f.net, *f.connector, small);
  bounded.start();
  bounded.send(std::string(101, 'x'));
  const auto too_big = bounded.seen.closed();
  REQUIRE(too_big);
  CHECK(too_big->reason.starts_with("read: "));
}

TEST_CASE("a full queue says so, tells when it is writable again, and closes at twice its bound") {
  fixture f;
  f.echo.reading = false;
  auto small = f.request();
  small.write_bound = 100000;
  watched_link client(f.net, *f.connector, small);
  client.start();
  REQUIRE(client.seen.opened());
  REQUIRE(f.net.becomes([&] { return f.echo.clients() == 1; }));
  const std::string text(10000, 'x');
  // The system's own buffers fill up first; they may grow and take more as soon as the loop goes on.
  std::size_t sent = 0, queued = 0;
  const auto send_one = [&] {
    const bool more = client.held->send(text);
    queued = client.held->queued_bytes();
    return more;
  };
  do ++sent;
  while (f.net.on_loop(send_one));
  CHECK(queued > small.write_bound);
  f.echo.read_all(true);
  CHECK(client.seen.writable());
  CHECK(f.net.on_loop([&] { return client.held->queued_bytes(); }) <= small.write_bound / 2);
  CHECK(f.net.becomes([&] { return f.echo.received() == sent; }));

  f.echo.read_all(false);
  f.net.on_loop([&] {
    std::size_t taken = 0;
    while (client.held->send(text) || client.held->queued_bytes() > 0) ++taken;
    CHECK(taken >= 20);
  });
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK(closed->reason == "write queue overflowed");
}

TEST_CASE("a paused link tells no text, and all of them in order when it goes on") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.seen.at_text = [&](std::span<char>) { client.held->pause_reading(true); };
  client.start();
  std::vector<std::string> sent;
  for (int each = 0; each < 20; ++each) {
    sent.push_back(std::to_string(each));
    client.send(sent.back());
  }
  for (std::size_t each = 1; each <= sent.size(); ++each) {
    const auto texts = client.seen.texts(each);
    REQUIRE(texts);
    CHECK(texts->size() == each);
    f.net.on_loop([&] { client.held->pause_reading(false); });
  }
  CHECK(client.seen.texts(sent.size()) == sent);
}

TEST_CASE("an exception of the owner closes its link with 1011 and nothing else") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  watched_link other(f.net, *f.connector, f.request());
  client.seen.at_text = [](std::span<char>) { throw std::runtime_error("on purpose"); };
  client.seen.at_closed = [] { throw std::runtime_error("again"); };
  client.start();
  other.start();
  client.send("x");
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK(closed->reason == "exception of the owner: on purpose");
  CHECK(f.net.becomes([&] { return f.echo.clients() == 1; }));
  CHECK(f.echo.ends().front().code == 1011);
  other.send("still there");
  CHECK(other.seen.texts(1));
}

TEST_CASE("an accepted stream moves to the loop it was accepted for") {
  fixture f(3, 2);
  std::vector<std::unique_ptr<watched_link>> clients;
  for (int each = 0; each < 12; ++each) {
    clients.push_back(std::make_unique<watched_link>(f.net, *f.connector, f.request()));
    clients.back()->start();
    clients.back()->send("hello");
  }
  for (auto& each : clients) CHECK(each->seen.texts(1));
  CHECK(f.echo.clients() == 12);
  CHECK(f.echo.all_at_home());
}

TEST_CASE("two hundred links at once leave nothing") {
  fixture f(2, 1);
  std::vector<std::unique_ptr<watched_link>> clients;
  for (std::size_t each = 0; each < 200; ++each) {
    clients.push_back(
        std::make_unique<watched_link>(f.net, *f.connector, f.request(), &f.net.loop(each % 2)));
    clients.back()->start();
    clients.back()->send("hello");
  }
  for (auto& each : clients) REQUIRE(each->seen.texts(1));
  CHECK(live_links() == 400);
  for (std::size_t each = 0; each < 200; each += 2) clients[each]->close(1000, "");
  for (std::size_t each = 0; each < 200; each += 2) CHECK(clients[each]->seen.closed());
  clients.clear();
  CHECK(f.net.becomes([&] { return live_links() == 0; }));
}
