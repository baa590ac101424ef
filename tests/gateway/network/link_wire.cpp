#include "tests/gateway/network/network.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;

namespace {

/// A hand-made client and the server it speaks to.
struct fixture : echo_network {
  // What comes back for these bytes sent after the handshake, up to the end of the connection.
  std::string answer(std::string_view bytes) {
    raw_client client(echo.port());
    client.send(upgrade_request("/echo"));
    if (!client.read_until("\r\n\r\n").starts_with("HTTP/1.1 101")) return "no upgrade";
    client.send(bytes);
    client.shut_down();
    return client.read_all().value_or("no end");
  }
};

std::string close_frame(unsigned code) {
  return std::string("\x88\x02") + static_cast<char>(code >> 8) + static_cast<char>(code & 255);
}

}  // namespace

TEST_CASE("frames split at every byte are the same messages") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(upgrade_request("/echo"));
  CHECK(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  const auto frames = masked_frame(1, "hel", false) + masked_frame(9, "p") + masked_frame(0, "lo!");
  for (std::size_t at = 1; at < frames.size(); ++at) {
    client.send(frames.substr(0, at));
    client.send(frames.substr(at));
    CHECK(client.read_until("hello!").ends_with("\x8a\x01p\x81\x06hello!"));
  }
}

TEST_CASE("frames that come together with the handshake are not lost") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(upgrade_request("/echo") + masked_frame(1, "one") + masked_frame(1, "two"));
  CHECK(client.read_until("two").ends_with("\x81\x03one\x81\x03two"));
  raw_client eager(f.echo.port());
  std::string many;
  for (int each = 0; each < 20; ++each) many += masked_frame(1, std::string(100, 'x'));
  eager.send(upgrade_request("/echo") + many);
  CHECK(eager.read_all().value_or("").starts_with("HTTP/1.1 400"));
}

TEST_CASE("a binary message closes with 1003") {
  fixture f;
  CHECK(f.answer(masked_frame(2, "\x01\x02")).starts_with(std::string("\x88\x0b\x03\xebtext only")));
  CHECK(f.net.becomes([&] { return f.echo.ends().size() == 1; }));
  CHECK(f.echo.ends().front().reason == "binary message");
}

TEST_CASE("bytes go out as a binary message") {
  fixture f;
  auto connector = make_link_connector();
  watched_link client(f.net, *connector, f.request());
  client.start();
  REQUIRE(client.seen.opened());
  f.net.on_loop([&] {
    client.held->send("text");
    client.held->send_binary("\xff\xfe");
  });
  CHECK(client.seen.texts(1));
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  CHECK(closed->code == 1003);
  CHECK(f.echo.received() == 1);
}

TEST_CASE("what breaks the protocol closes with its code") {
  fixture f;
  CHECK(f.answer(masked_frame(1, "\xff\xfe")) == close_frame(1007));
  CHECK(f.answer(masked_frame(3, "x")) == close_frame(1002));
  CHECK(f.answer(masked_frame(0, "continues nothing")) == close_frame(1002));
  CHECK(f.answer("\x81\x05hello") == close_frame(1002));
  CHECK(f.answer(masked_frame(9, "a ping in pieces", false)) == close_frame(1002));
  CHECK(f.answer(masked_frame(8, "\x03")) == close_frame(1002));
  CHECK(f.answer("") == "");
}

TEST_CASE("a handshake without its key, or of another version, is refused") {
  fixture f;
  const auto answer = [&](std::string_view without, std::string_view with) {
    auto request = upgrade_request("/echo");
    request.replace(request.find(without), without.size(), with);
    raw_client client(f.echo.port());
    client.send(request);
    client.shut_down();
    return client.read_until("\r\n\r\n");
  };
  CHECK(answer("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "").starts_with("HTTP/1.1 400"));
  CHECK(answer("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 7").starts_with("HTTP/1.1 426"));
  CHECK(answer("Upgrade: websocket", "Upgrade: h2c").starts_with("HTTP/1.1 200"));
}
