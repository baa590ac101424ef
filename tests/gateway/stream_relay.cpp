#include "gateway/stream_relay.hpp"

#include "actors/admission.hpp"
#include "actors/runtime/metrics.hpp"
#include "tests/gateway/network/network.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// A node that carries every stream on to one that echoes; /far is carried to `far_url`.
struct relay_fixture : echo_network {
  explicit relay_fixture(const admission_limits& limits = {})
      : echo_network({}, 2), door(std::make_shared<admission>(limits, 2, 100ms, measure)) {
    server_handlers handlers;
    handlers.on_upgrade = [this](std::unique_ptr<upgrade> wish) {
      const auto& path = wish->head().path;
      relay.carry(std::move(wish), {.node = "b", .url = path == "/far" ? far_url : echo.url("ws", path)});
    };
    front = std::make_unique<http_server>(net.loops(), server_settings{}, std::move(handlers));
    front->start();
  }
  ~relay_fixture() {
    front->stop();
    relay.end();
  }

  link_request to(std::string_view path = "/echo") const {
    return {.url = "ws://localhost:" + std::to_string(front->port()) + std::string(path)};
  }

  prometheus::Registry registry;
  metrics measure{registry};
  std::shared_ptr<admission> door;
  std::unique_ptr<link_connector> links = make_link_connector({}, &measure);
  stream_relay relay{"a", *links, door, measure};
  std::unique_ptr<link_connector> outside = make_link_connector();
  std::string far_url;
  std::unique_ptr<http_server> front;
};

/// Takes binary messages as well.
struct binary_witness : witness {
  bool on_binary(std::span<char> bytes) override {
    on_text(bytes);
    return true;
  }
};

/// How a stream ends that is refused.
unsigned refused_with(relay_fixture& f, std::string_view path) {
  watched_link client(f.net, *f.outside, f.to(path));
  client.start();
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK_FALSE(closed->was_open);
  CHECK(f.net.becomes([&] { return f.relay.count() == 0; }));
  return closed->http_status;
}

}  // namespace

TEST_CASE("what one side of a stream that is carried on says, the other one hears") {
  relay_fixture f;
  watched_link client(f.net, *f.outside, f.to());
  client.start();
  REQUIRE(client.seen.opened());
  CHECK(client.send(R"({"event":"media"})"));
  CHECK(client.send("no JSON at all"));
  const auto heard = client.seen.texts(2);
  REQUIRE(heard);
  CHECK(*heard == std::vector<std::string>{R"({"event":"media"})", "no JSON at all"});
  CHECK(f.measure.streams_relayed_total->Value() == 1);
  CHECK(f.measure.connections(peer::node).Value() == 1);
  CHECK(f.door->connections() == 2);
  client.drop();
  CHECK(f.net.becomes([&] { return f.relay.count() == 0; }));
  CHECK(f.door->connections() == 0);
}

TEST_CASE("binary messages are carried on as such") {
  relay_fixture f;
  server_handlers handlers;
  std::promise<std::string> named;
  std::shared_ptr<tandem::link> far;
  handlers.on_upgrade = [&](std::unique_ptr<upgrade> wish) {
    named.set_value(std::string(wish->head().header(relayed_header)));
    wish->accept(f.net.loop(), {}, [&](std::shared_ptr<tandem::link> accepted) {
      far = std::move(accepted);
      far->send_binary(std::string("\x00\xff", 2));
    });
  };
  http_server node({&f.net.loop()}, {}, std::move(handlers));
  node.start();
  f.far_url = "ws://localhost:" + std::to_string(node.port()) + "/x";
  binary_witness seen;
  std::unique_ptr<tandem::link> client;
  f.net.on_loop([&] {
    client = f.outside->connect(f.net.loop(), f.to("/far"));
    client->start(seen);
  });
  const auto heard = seen.texts(1);
  REQUIRE(heard);
  CHECK(heard->front() == std::string("\x00\xff", 2));
  // Which node carries it on is said, so that it goes no further.
  CHECK(named.get_future().get() == "a");
  f.net.on_loop([&] {
    client.reset();
    far.reset();
  });
  node.stop();
}

TEST_CASE("who closes a stream that is carried on closes it with their code") {
  relay_fixture f;
  watched_link one(f.net, *f.outside, f.to());
  one.start();
  REQUIRE(one.seen.opened());
  one.send("hello");
  REQUIRE(one.seen.texts(1));
  one.close(4001, "enough");
  REQUIRE(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.ends().front().code == 4001);
  CHECK(f.echo.ends().front().reason == "enough");

  watched_link two(f.net, *f.outside, f.to());
  two.start();
  REQUIRE(two.seen.opened());
  two.send("hello");
  REQUIRE(two.seen.texts(1));
  f.echo.close_all(1000, "the call is over");
  const auto closed = two.seen.closed();
  REQUIRE(closed);
  CHECK(closed->code == 1000);
  CHECK(closed->reason == "the call is over");
}

TEST_CASE("a stream that breaks off is broken off at the other side") {
  relay_fixture f;
  watched_link client(f.net, *f.outside, f.to());
  client.start();
  REQUIRE(client.seen.opened());
  client.send("hello");
  REQUIRE(client.seen.texts(1));
  client.drop();
  REQUIRE(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.ends().front().code == 0);
}

TEST_CASE("a stream is refused as the node whose call it is refuses it") {
  relay_fixture f;
  CHECK(refused_with(f, "/refuse") == 403);
  CHECK(refused_with(f, "/drop") == 503);
  CHECK(f.measure.streams_relayed_total->Value() == 0);
}

TEST_CASE("a stream for a node that cannot be reached is refused") {
  relay_fixture f;
  {
    const deaf_listener nobody(false);
    f.far_url = "ws://127.0.0.1:" + std::to_string(nobody.port()) + "/x";
    CHECK(refused_with(f, "/far") == 503);
  }
  f.far_url = "no URL";
  CHECK(refused_with(f, "/far") == 503);
  // It accepts connections, and says nothing.
  const deaf_listener deaf;
  f.far_url = "ws://127.0.0.1:" + std::to_string(deaf.port()) + "/x";
  CHECK(refused_with(f, "/far") == 503);
}

TEST_CASE("without room for both connections a stream is refused") {
  relay_fixture f({.max_connections = 3});
  watched_link client(f.net, *f.outside, f.to());
  client.start();
  REQUIRE(client.seen.opened());
  CHECK(client.send("hello"));
  REQUIRE(client.seen.texts(1));
  watched_link other(f.net, *f.outside, f.to());
  other.start();
  const auto closed = other.seen.closed();
  REQUIRE(closed);
  CHECK(closed->http_status == 503);
  CHECK(f.door->connections() == 2);
}

TEST_CASE("a reader who stands still stops the other side, and loses nothing") {
  relay_fixture f;
  f.echo.reading = false;
  f.echo.bounds.write_bound = std::size_t{64} * 1024 * 1024;
  auto request = f.to();
  request.write_bound = std::size_t{64} * 1024 * 1024;
  watched_link client(f.net, *f.outside, request);
  client.seen.keep_texts = false;
  client.start();
  REQUIRE(client.seen.opened());
  constexpr std::size_t count = 512;
  const std::string chunk(std::size_t{64} * 1024, 'x');
  for (std::size_t n = 0; n < count; ++n) REQUIRE(client.send(chunk));
  REQUIRE(f.net.becomes([&] { return f.echo.clients() == 1; }));
  CHECK(f.echo.received() == 0);
  CHECK(f.relay.count() == 1);
  f.echo.read_all(true);
  CHECK(f.net.becomes([&] { return client.seen.bytes() == count * chunk.size(); }));
  CHECK(f.echo.received() == count);
}

TEST_CASE("a node that ends closes what it carries on, and takes no more") {
  relay_fixture f;
  watched_link client(f.net, *f.outside, f.to());
  client.start();
  REQUIRE(client.seen.opened());
  client.send("hello");
  REQUIRE(client.seen.texts(1));
  f.relay.end();
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK(closed->code == 1001);
  REQUIRE(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.ends().front().code == 1001);
  CHECK(f.relay.count() == 0);
  CHECK(refused_with(f, "/echo") == 503);
}
