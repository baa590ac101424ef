#include "tests/gateway/network/network.hpp"

#include <atomic>
#include <cstdlib>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

struct fixture : echo_network {
  // Here clients end by themselves.
  ~fixture() {
    echo.server().stop();
    CHECK(net.becomes([&] { return echo.clients() == 0; }));
  }

  std::unique_ptr<link_connector> connector = make_link_connector();
};

}  // namespace

TEST_CASE("an owner that drops its link in on_open leaves nothing") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.seen.at_open = [&] { client.held.reset(); };
  client.start();
  CHECK(client.seen.opened());
}

TEST_CASE("an owner that drops its link in on_text leaves nothing and hears nothing more") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.seen.at_text = [&](std::span<char> text) {
    client.held.reset();
    // Still the owner's until it returns.
    text.front() = 'y';
    text.data()[text.size()] = 'z';
  };
  client.start();
  client.send("one");
  client.send("two");
  CHECK(client.seen.texts(1));
  CHECK(f.net.becomes([&] { return live_links() == 0; }));
  CHECK(client.seen.texts(1)->size() == 1);
}

TEST_CASE("an owner that drops its link in on_writable or on_closed leaves nothing") {
  fixture f;
  auto small = f.request();
  small.write_bound = 100;
  watched_link first(f.net, *f.connector, small);
  first.seen.at_writable = [&] { first.held.reset(); };
  first.start();
  first.send(std::string(150, 'x'));
  CHECK(first.seen.writable());

  watched_link second(f.net, *f.connector, f.request("/refuse"));
  second.seen.at_closed = [&] { second.held.reset(); };
  second.start();
  CHECK(second.seen.closed());
}

TEST_CASE("an owner may close in on_open and in on_text") {
  fixture f;
  watched_link first(f.net, *f.connector, f.request());
  first.seen.at_open = [&] { first.held->close(1000, ""); };
  first.start();
  const auto closed = first.seen.closed();
  REQUIRE(closed);
  CHECK(closed->reason == "closed");
  watched_link second(f.net, *f.connector, f.request());
  second.seen.at_text = [&](std::span<char>) { second.held->close(1000, ""); };
  second.start();
  for (int each = 0; each < 10; ++each) second.send("x");
  CHECK(second.seen.closed());
  CHECK(second.seen.texts(1)->size() == 1);
}

TEST_CASE("an owner that leaves and drops its link has said everything, and why it goes") {
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.start();
  REQUIRE(client.seen.opened());
  f.net.on_loop([&] {
    for (int each = 0; each < 100; ++each) client.held->send(std::string(1000, 'x'));
    client.held->leave(1000, "the call has ended");
    client.held.reset();
  });
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1 && live_links() == 0; }));
  CHECK(f.echo.received() == 100);
  CHECK(f.echo.ends().front().code == 1000);
  CHECK(f.echo.ends().front().reason == "the call has ended");
}

TEST_CASE("an owner that leaves a peer who does not read is rid of it all the same") {
  fixture f;
  f.echo.reading = false;
  watched_link client(f.net, *f.connector, f.request());
  client.start();
  REQUIRE(client.seen.opened());
  f.net.on_loop([&] {
    while (client.held->send(std::string(100'000, 'x'))) {
    }
    client.held->leave(1000, "");
    client.held.reset();
  });
  CHECK(f.net.becomes([&] { return live_links() == f.echo.clients(); }));
  // Only who reads finds out that the client is gone.
  f.echo.read_all(true);
}

TEST_CASE("a link dropped at any moment of its connect leaves nothing") {
  fixture f;
  deaf_listener deaf;
  for (int turns = 0; turns < 40; ++turns) {
    watched_link client(f.net, *f.connector, f.request());
    if (turns % 2 == 0) client.start();
    for (int turn = 0; turn < turns; ++turn) f.net.on_loop([] {});
    client.drop();
  }
  for (const auto scheme : {"ws", "wss"}) {
    watched_link client(f.net, *f.connector,
                        {.url = std::string(scheme) + "://127.0.0.1:" + std::to_string(deaf.port())});
    client.start();
    client.drop();
  }
  CHECK(f.net.becomes([&] { return live_links() == f.echo.clients(); }));
}

TEST_CASE("a link closed while it connects ends before it opens") {
  fixture f;
  deaf_listener deaf;
  watched_link client(f.net, *f.connector, {.url = "ws://127.0.0.1:" + std::to_string(deaf.port())});
  f.net.on_loop([&] {
    client.held->start(client.seen);
    client.held->close(1000, "");
    CHECK_FALSE(client.held->send("x"));
  });
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK_FALSE(closed->was_open);
}

TEST_CASE("an open link says so to each new owner once, and its texts go to the newest") {
  std::atomic<int> opened = 0;
  witness between;
  witness newest;
  newest.at_open = [&] { ++opened; };
  fixture f;
  watched_link client(f.net, *f.connector, f.request());
  client.start();
  REQUIRE(client.seen.opened());
  f.net.on_loop([&] {
    client.held->start(between);
    client.held->start(newest);
  });
  CHECK(newest.opened());
  client.send("x");
  CHECK(newest.texts(1) == std::vector<std::string>{"x"});
  CHECK(opened == 1);
  client.close(1000, "");
  CHECK(newest.closed());
}

TEST_CASE("a link that is started late still tells everything") {
  fixture f;
  watched_link open(f.net, *f.connector, f.request());
  watched_link refused(f.net, *f.connector, f.request("/refuse"));
  CHECK(f.net.becomes([&] { return f.echo.clients() == 1; }));
  f.echo.send_all("waiting");
  open.start();
  CHECK(open.seen.opened());
  CHECK(open.seen.texts(1) == std::vector<std::string>{"waiting"});
  CHECK(f.net.becomes([] { return live_http_connections() == 0; }));
  refused.start();
  REQUIRE(refused.seen.closed());
  CHECK(refused.seen.closed()->http_status == 403);
}

TEST_CASE("a reset and an end without a closing handshake are told") {
  fixture f;
  raw_client reset(f.echo.port());
  reset.send(upgrade_request("/echo"));
  CHECK(reset.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  reset.reset();
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.ends()[0].was_open);
  CHECK(f.echo.ends()[0].code == 0);
  raw_client ended(f.echo.port());
  ended.send(upgrade_request("/echo"));
  CHECK(ended.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  ended.shut_down();
  CHECK(ended.read_all());
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 2; }));
}

TEST_CASE("a peer that never answers a close is left after the deadline") {
  fixture f;
  raw_client stubborn(f.echo.port());
  stubborn.send(upgrade_request("/echo"));
  CHECK(stubborn.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  CHECK(f.net.becomes([&] { return f.echo.clients() == 1; }));
  f.echo.close_all(1001, "going");
  const auto rest = stubborn.read_all();
  REQUIRE(rest);
  CHECK(rest->substr(0, 9) == std::string("\x88\x07\x03\xe9going"));
  CHECK(f.net.becomes([&] { return f.echo.clients() == 0; }));
  CHECK(f.echo.ends().front().reason == "closed");
}

TEST_CASE("a peer that closes but keeps its connection open is left after the deadline") {
  fixture f;
  raw_client stubborn(f.echo.port());
  stubborn.send(upgrade_request("/echo"));
  CHECK(stubborn.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  stubborn.send(masked_frame(8, "\x03\xe8"));
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.ends().front().code == 1000);
  CHECK(stubborn.read_all() == std::string("\x88\x02\x03\xe8"));
}

TEST_CASE("a silent peer is pinged and then left, one that answers stays") {
  fixture f;
  f.echo.bounds.idle_timeout = 1s;
  raw_client silent(f.echo.port());
  silent.send(upgrade_request("/echo"));
  auto request = f.request();
  request.idle_timeout = 0ms;
  watched_link alive(f.net, *f.connector, request);
  alive.start();
  const auto all = silent.read_all();
  REQUIRE(all);
  CHECK(all->ends_with(std::string("\r\n\r\n\x89\x00", 6)));
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.ends().front().reason == "peer fell silent");
  alive.send("still there");
  CHECK(alive.seen.texts(1));
}

TEST_CASE("a paused link does not take its peer for silent") {
  fixture f;
  f.echo.bounds.idle_timeout = 40ms;
  f.echo.reading = false;
  auto request = f.request();
  request.idle_timeout = 0ms;
  watched_link client(f.net, *f.connector, request);
  client.start();
  client.send("kept");
  std::promise<void> later;
  timer wait;
  f.net.on_loop([&] { wait = f.net.loop().at(f.net.loop().now() + 200ms, [&] { later.set_value(); }); });
  REQUIRE(later.get_future().wait_for(patience) == std::future_status::ready);
  f.echo.read_all(true);
  CHECK(client.seen.texts(1));
  f.net.on_loop([&] { wait.cancel(); });
}
