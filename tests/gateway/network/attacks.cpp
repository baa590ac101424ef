#include "tests/gateway/network/network.hpp"

#include <cstdint>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

struct fixture : echo_network {
  using echo_network::echo_network;

  // Whether the server lets go of a client that sends a byte now and then, and never stops.
  bool lets_go_of(std::string_view beginning) {
    raw_client client(echo.port());
    client.send(beginning);
    if (!net.becomes([] { return live_http_connections() == 1; })) return false;
    for (int drips = 0; drips < 1000; ++drips) {
      wait(10ms);
      if (live_http_connections() == 0) return true;
      client.send("x");
    }
    return false;
  }

  void wait(std::chrono::milliseconds time) {
    std::promise<void> over;
    timer pause;
    net.on_loop([&] { pause = net.loop().at(net.loop().now() + time, [&] { over.set_value(); }); });
    over.get_future().wait_for(patience);
    net.on_loop([&] { pause.cancel(); });
  }

  // What comes back for these bytes on an open WebSocket, up to the end of the connection.
  std::string answer(std::string_view bytes) {
    raw_client client(echo.port());
    client.send(upgrade_request("/echo"));
    if (!client.read_until("\r\n\r\n").starts_with("HTTP/1.1 101")) return "no upgrade";
    client.send(bytes);
    return client.read_all().value_or("no end");
  }
};

const std::string closed_as_too_big{"\x88\x02\x03\xf1", 4};
const std::string closed_as_wrong{"\x88\x02\x03\xea", 4};

/// The head of a client's frame that says it is so long.
std::string long_frame(unsigned opcode, std::uint64_t length) {
  std::string head;
  head += static_cast<char>(opcode);
  head += static_cast<char>(0x80 | 127);
  for (int shift = 56; shift >= 0; shift -= 8) head += static_cast<char>(length >> shift);
  return head + std::string(4, '\0');
}

}  // namespace

TEST_CASE("a head or a body that drips in has one deadline, however much comes") {
  fixture f({.request_timeout = 300ms});
  CHECK(f.lets_go_of("GET / HTTP/1.1\r\nX: "));
  CHECK(f.lets_go_of("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"));
  CHECK(f.lets_go_of("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n"));
  CHECK(f.lets_go_of(std::string("GET /echo HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: ")));
}

TEST_CASE("a frame that says it is huge closes with 1009 before anything is kept for it") {
  fixture f;
  for (const auto length : {std::uint64_t{1024} * 1024 + 1, std::uint64_t{1} << 40, ~std::uint64_t{0} >> 1}) {
    CHECK(f.answer(long_frame(0x81, length) + "abc") == closed_as_too_big);
  }
}

TEST_CASE("a message in pieces without end closes with 1009 at the bound") {
  fixture f;
  const std::size_t piece = 65536;
  std::string pieces = long_frame(0x01, piece) + std::string(piece, 'x');
  for (int i = 0; i < 16; ++i) pieces += long_frame(0x00, piece) + std::string(piece, 'x');
  CHECK(f.answer(pieces) == closed_as_too_big);
}

TEST_CASE("compression is not agreed to, and what comes compressed all the same is refused") {
  fixture f;
  auto offer = upgrade_request("/echo");
  offer.insert(offer.find("\r\n\r\n"),
               "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
  raw_client client(f.echo.port());
  client.send(offer);
  const auto head = client.read_until("\r\n\r\n");
  CHECK(head.starts_with("HTTP/1.1 101"));
  CHECK(head.find("Extensions") == head.npos);
  // The compressed bit on a small frame.
  CHECK(f.answer(masked_frame(0x41, "bomb")) == closed_as_wrong);
}

TEST_CASE("a client that pings without end is answered and takes no memory for it") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(upgrade_request("/echo"));
  CHECK(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
  std::string pings;
  for (int i = 0; i < 20000; ++i) pings += masked_frame(9, "p");
  client.send(pings + masked_frame(1, "still here"));
  CHECK(client.read_until("still here").ends_with("still here"));
}
