#include "gateway/network/connection_count.hpp"

#include "actors/runtime/metrics.hpp"
#include "tests/gateway/network/network.hpp"

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  double open(peer who) { return families.connections(who).Value(); }
  double failed(peer who, connection_failure why) { return families.connection_failures(who, why).Value(); }

  prometheus::Registry registry;
  metrics families{registry};
  network net;
  echo_server echo{net};
  std::unique_ptr<link_connector> connector = make_link_connector({}, &families);
};

}  // namespace

TEST_CASE("a connection counts from its connect to its end") {
  fixture f;
  deaf_listener deaf;
  watched_link connecting(f.net, *f.connector,
                          {.to = peer::speech, .url = "ws://127.0.0.1:" + std::to_string(deaf.port())});
  watched_link open(f.net, *f.connector, {.to = peer::scribe, .url = f.echo.url("ws", "/echo")});
  open.start();
  REQUIRE(open.seen.opened());
  CHECK(f.open(peer::speech) == 1);
  CHECK(f.open(peer::scribe) == 1);
  connecting.drop();
  CHECK(f.open(peer::speech) == 0);
  open.close(1000, "");
  REQUIRE(open.seen.closed());
  CHECK(f.open(peer::scribe) == 0);
}

TEST_CASE("failures count by their reason") {
  fixture f;
  deaf_listener nobody(false);
  deaf_listener deaf;
  const auto count = [&](peer to, std::string url, connection_failure why,
                         std::chrono::milliseconds limit = patience) {
    watched_link client(f.net, *f.connector, {.to = to, .url = std::move(url), .connect_timeout = limit});
    client.start();
    CHECK(client.seen.closed());
    CHECK(f.open(to) == 0);
    return f.failed(to, why);
  };
  const auto at = [](const deaf_listener& where) { return "ws://127.0.0.1:" + std::to_string(where.port()); };
  CHECK(count(peer::scribe, at(nobody), connection_failure::refused) == 1);
  CHECK(count(peer::scribe, at(deaf), connection_failure::timeout, 50ms) == 1);
  CHECK(count(peer::agent, f.echo.url("ws", "/refuse"), connection_failure::upgrade) == 1);
  CHECK(count(peer::agent, f.echo.url("wss", "/echo"), connection_failure::tls) == 1);
}

TEST_CASE("queued bytes are in the gauge until they are with the system or dropped") {
  fixture f;
  const auto queued = [&] { return f.families.link_buffer_bytes->Value(); };
  watched_link client(f.net, *f.connector, {.url = f.echo.url("ws", "/echo")});
  f.net.on_loop([&] {
    client.held->send(std::string(1000, 'x'));
    CHECK(queued() == 1000);
  });
  client.start();
  REQUIRE(client.seen.texts(1));
  CHECK(queued() == 0);
  f.net.on_loop([&] {
    client.held->send(std::string(500, 'x'));
    CHECK(queued() == 500);
    client.held.reset();
    CHECK(queued() == 0);
  });
}

TEST_CASE("a server's connections count as its peer, and as the link's once accepted") {
  prometheus::Registry registry;
  metrics families(registry);
  network net;
  std::promise<void> accepted;
  std::shared_ptr<tandem::link> held;
  witness seen;
  server_handlers handlers;
  handlers.on_upgrade = [&](std::unique_ptr<upgrade> wish) {
    wish->accept(wish->home(), {.from = peer::telnyx}, [&](std::shared_ptr<tandem::link> fresh) {
      held = std::move(fresh);
      held->start(seen);
      accepted.set_value();
    });
  };
  server_settings settings;
  settings.from = peer::admin;
  http_server server(net.loops(), settings, std::move(handlers), &families);
  server.start();
  raw_client client(server.port());
  CHECK(net.becomes([&] { return families.connections(peer::admin).Value() == 1; }));
  client.send(upgrade_request("/"));
  REQUIRE(accepted.get_future().wait_for(patience) == std::future_status::ready);
  CHECK(families.connections(peer::admin).Value() == 0);
  CHECK(families.connections(peer::telnyx).Value() == 1);
  client.reset();
  CHECK(seen.closed());
  CHECK(families.connections(peer::telnyx).Value() == 0);
  CHECK(families.connection_failures(peer::telnyx, connection_failure::reset).Value() == 1);
  net.on_loop([&] { held.reset(); });
  server.stop();
}
