#include "tests/gateway/network.hpp"

#include <unistd.h>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  explicit fixture(std::size_t loops = 1, std::size_t accept_on = 0) : net(loops), echo(net, {}, accept_on) {}

  link_request request(std::string_view path) const { return {.url = echo.url("ws", path)}; }

  network net;
  echo_server echo;
  std::unique_ptr<link_connector> connector = make_link_connector();
};

}  // namespace

TEST_CASE("texts come back over a WebSocket in order, whatever their size") {
  fixture f;
  {
    watched_link client(f.net, *f.connector, f.request("/echo"));
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
    CHECK(f.net.becomes([&] { return f.echo.clients() == 0; }) == true);
  }
  f.echo.server().stop();
  CHECK(f.net.is_empty());
}
