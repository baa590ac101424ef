#include "gateway/network/hangup_watch.hpp"
#include "tests/gateway/network/network.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;

namespace {

/// A hand-made client whose connection the server may keep for ever, and that server.
struct fixture : echo_network {
  explicit fixture(std::size_t loops = 1) : echo_network({}, loops) {
    echo.bounds.idle_timeout = {};
    client.connect(echo.port());
    client.send(upgrade_request("/echo"));
    REQUIRE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
    REQUIRE(net.becomes([this] { return echo.clients() == 1; }));
  }
  // Here clients end by themselves.
  ~fixture() {
    CHECK(net.becomes([this] { return echo.clients() == 0; }));
  }

  /// While the server's loop does something else, so that it meets all of it at once.
  void at_once(std::function<void()> what) {
    net.on(echo.target(), [what = std::move(what)] { what(); });
  }

  hangup_watch& watch() { return boost::asio::use_service<hangup_watch>(echo.target().context()); }

  raw_client client;
};

// Nothing comes back for it, which would meet the end instead.
std::string unasked_pong() { return masked_frame(10, "x"); }

}  // namespace

TEST_CASE("an end that comes together with the last bytes is seen") {
  fixture f;
  f.at_once([&] {
    f.client.send(unasked_pong());
    f.client.shut_down();
  });
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
}

TEST_CASE("a reset that comes together with the last bytes is seen") {
  fixture f;
  f.at_once([&] {
    f.client.send(unasked_pong());
    f.client.reset();
  });
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
}

TEST_CASE("an end that comes while nobody reads is seen by who reads again") {
  fixture f;
  f.echo.read_all(false);
  // More than one read takes.
  std::string many;
  for (int each = 0; each < 100; ++each) many += masked_frame(1, std::string(100, 'x'));
  f.client.send(many);
  f.client.shut_down();
  f.echo.read_all(true);
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.received() == 100);
}

TEST_CASE("an end that comes as a connection moves to another loop is seen") {
  echo_network f({}, 2, 1);
  f.echo.bounds.idle_timeout = {};
  for (int each = 0; each < 20; ++each) {
    raw_client client(f.echo.port());
    client.send(upgrade_request("/echo"));
    client.shut_down();
    CHECK(client.read_all().value_or("").starts_with("HTTP/1.1 101"));
  }
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 20; }));
}

TEST_CASE("where the system watches nobody, connections go on and end as well") {
  echo_network f;
  f.echo.bounds.idle_timeout = {};
  f.net.on_loop([&] { boost::asio::use_service<hangup_watch>(f.net.loop().context()).refuse(); });
  raw_client client(f.echo.port());
  client.send(upgrade_request("/echo"));
  REQUIRE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  client.send(masked_frame(1, "hello"));
  CHECK(client.read_until("hello").ends_with("hello"));
  f.net.on(f.echo.target(), [&] {
    client.send(unasked_pong());
    client.shut_down();
  });
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
}

TEST_CASE("messages that come one by one are read without a read in vain between them") {
  fixture f;
  constexpr std::uint64_t messages = 200;
  const auto before = f.net.on(f.echo.target(), [&] { return f.watch().reads(); });
  for (std::uint64_t each = 0; each < messages; ++each) {
    f.client.send(masked_frame(1, "hello"));
    REQUIRE(f.client.read_until("hello").ends_with("hello"));
  }
  const auto after = f.net.on(f.echo.target(), [&] { return f.watch().reads(); });
  CHECK(after.all - before.all >= messages);
  CHECK(after.in_vain - before.in_vain <= messages / 20);
  f.client.shut_down();
}

TEST_CASE("a message that comes in many reads is whole") {
  fixture f;
  const std::string text(100, 'x');
  std::string many;
  for (int each = 0; each < 500; ++each) many += masked_frame(1, text);
  f.at_once([&] { f.client.send(many); });
  CHECK(f.net.becomes([&] { return f.echo.received() == 500; }));
  f.client.shut_down();
}
