#include "gateway/network/web_address.hpp"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("a URL is taken apart") {
  const auto plain = parse_web_address("ws://localhost");
  REQUIRE(plain);
  CHECK_FALSE(plain->tls());
  CHECK(plain->host == "localhost");
  CHECK(plain->port == 80);
  CHECK(plain->target == "/");
  CHECK(plain->authority() == "localhost");

  const auto full = parse_web_address("WSS://api.example.com:8443/v1/x?a=%20b&c#part");
  REQUIRE(full);
  CHECK(full->kind == web_address::scheme::wss);
  CHECK(full->port == 8443);
  CHECK(full->target == "/v1/x?a=%20b&c");
  CHECK(full->authority() == "api.example.com:8443");

  const auto query = parse_web_address("https://h?q=1");
  REQUIRE(query);
  CHECK(query->target == "/?q=1");
  CHECK(query->port == 443);

  const auto six = parse_web_address("http://[::1]:80/");
  REQUIRE(six);
  CHECK(six->host == "::1");
  CHECK(six->authority() == "[::1]");
}

TEST_CASE("a URL that is no address of ours says why") {
  const auto fault = [](std::string_view url) {
    const auto parsed = parse_web_address(url);
    return parsed ? std::string() : parsed.error();
  };
  CHECK(fault("ftp://h/") == "URL must be http, https, ws or wss");
  CHECK(fault("") == "URL must be http, https, ws or wss");
  CHECK(fault("http:/h") == "URL must be http, https, ws or wss");
  CHECK(fault("http://user:secret@h/") == "URL must not hold user information");
  CHECK(fault("http://") == "URL has no valid host");
  CHECK(fault("http:///path") == "URL has no valid host");
  CHECK(fault("http://a%41/") == "URL has no valid host");
  CHECK(fault("http://[::1") == "URL's address has no ]");
  CHECK(fault("http://[::g]/") == "URL has no valid host");
  CHECK(fault("http://[::1]x/") == "URL has a bad port");
  for (const auto port : {"", "0", "65536", "1x", "-1", "+1"}) {
    CHECK(fault("http://h:" + std::string(port) + "/") == "URL has a bad port");
  }
  CHECK(fault("http://h/a b") == "URL holds a blank or control character");
  CHECK(fault("http://h/\r\nX: y") == "URL holds a blank or control character");
}

TEST_CASE("a header that could break out of its line is not valid") {
  CHECK(valid_header("X-Name", "value, with blanks and \xc3\xa4"));
  CHECK(valid_header("X", ""));
  CHECK_FALSE(valid_header("", "v"));
  CHECK_FALSE(valid_header("X:", "v"));
  CHECK_FALSE(valid_header("X Y", "v"));
  CHECK_FALSE(valid_header("X", "a\nb"));
  CHECK_FALSE(valid_header("X", std::string_view("a\0b", 3)));
}
