#include "gateway/network/request_reader.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace tandem {

namespace {

using progress = request_reader::progress;

constexpr std::string_view order =
    "POST /v1/calls?limit=5&state=a%20b HTTP/1.1\r\nHost: node\r\nContent-Length: 11\r\n"
    "Expect: 100-continue\r\n\r\nhello world";

/// One that has begun its first request.
struct begun : request_reader {
  explicit begun(std::size_t head_bound = 1024, std::size_t body_bound = 1024)
      : request_reader(head_bound, body_bound) {
    begin();
  }
};

unsigned refusal_of(std::string_view text) {
  begun reader(128, 16);
  reader.add(text);
  for (;;) {
    const auto step = reader.read();
    if (!step) return step.error();
    if (*step != progress::has_head) return 0;
  }
}

/// The request that begins now, when it came in two pieces.
void expect_order(request_reader& reader, std::string_view first, std::string_view second) {
  bool has_head = false;
  for (const auto piece : {first, second}) {
    reader.add(piece);
    auto step = reader.read();
    REQUIRE(step);
    if (*step == progress::has_head) {
      CHECK_FALSE(has_head);
      has_head = true;
      CHECK(reader.waits_to_continue());
      step = reader.read();
    }
    CHECK(*step == (reader.is_whole() ? progress::is_whole : progress::wants_more));
  }
  CHECK(has_head);
  REQUIRE(reader.is_whole());
  CHECK_FALSE(reader.waits_to_continue());
  const auto head = reader.head();
  REQUIRE(head);
  CHECK(head->method == "POST");
  CHECK(head->path == "/v1/calls");
  CHECK(head->parameter("state") == "a b");
  CHECK(head->header("host") == "node");
  CHECK(reader.keeps_alive());
  CHECK(reader.take_body() == "hello world");
}

}  // namespace

TEST_CASE("a request cut at any byte is read as one that came whole") {
  for (std::size_t cut = 0; cut <= order.size(); ++cut) {
    CAPTURE(cut);
    begun reader;
    CHECK(reader.is_untouched());
    expect_order(reader, order.substr(0, cut), order.substr(cut));
    CHECK(reader.rest().empty());
  }
}

TEST_CASE("what comes behind a request begins the next one") {
  begun reader;
  reader.add(order);
  expect_order(reader, order.substr(0, 20), "");
  CHECK(reader.rest() == order.substr(0, 20));
  reader.begin();
  expect_order(reader, "", order.substr(20));
}

TEST_CASE("a request that is too long or none is refused with its status") {
  CHECK(refusal_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == 0);
  CHECK(refusal_of("nonsense\r\n\r\n") == 400);
  CHECK(refusal_of("GET / HTTP/1.1\r\nA: " + std::string(200, 'a') + "\r\n\r\n") == 431);
  CHECK(refusal_of("POST / HTTP/1.1\r\nContent-Length: 17\r\n\r\n") == 413);
}

TEST_CASE("a target is a path or an address, and else there is no head") {
  const auto path_of = [](std::string_view target) {
    begun reader;
    reader.add("GET " + std::string(target) + " HTTP/1.0\r\n\r\n");
    REQUIRE(reader.read() == progress::has_head);
    CHECK_FALSE(reader.takes_chunks());
    const auto head = reader.head();
    return head ? head->path : std::string("none");
  };
  CHECK(path_of("/a%2Fb?c") == "/a/b");
  CHECK(path_of("*") == "*");
  CHECK(path_of("http://node/a") == "/a");
  CHECK(path_of("node") == "none");
  CHECK(path_of("/%zz") == "none");
}

TEST_CASE("only a GET that says so in both headers wants an upgrade") {
  const auto wants = [](std::string_view method, std::string_view headers) {
    begun reader;
    reader.add(std::string(method) + " / HTTP/1.1\r\n" + std::string(headers) + "\r\n");
    REQUIRE(reader.read() == progress::has_head);
    return reader.wants_upgrade();
  };
  CHECK(wants("GET", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"));
  CHECK_FALSE(wants("POST", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  CHECK_FALSE(wants("GET", "Upgrade: websocket\r\n"));
  CHECK_FALSE(wants("GET", "Connection: Upgrade\r\nUpgrade: h2c\r\n"));
}

}  // namespace tandem
