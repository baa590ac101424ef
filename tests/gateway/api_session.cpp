#include "gateway/api_session.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

const std::string secret = "a secret of the node";
const std::string token = "0123456789abcdef";
const std::chrono::system_clock::time_point now{1'800'000'000s};

/// What a browser sends back of a cookie.
std::string sent_back(const std::string& cookie) { return cookie.substr(0, cookie.find(';')); }

std::string session() { return sent_back(session_cookie(secret, token, now + session_life, false)); }

bool lets_in(std::string_view cookies, std::chrono::system_clock::time_point at = now) {
  return has_session(secret, token, cookies, at);
}

}  // namespace

TEST_CASE("a session is a cookie that neither scripts nor other sites get at") {
  const auto cookie = session_cookie(secret, token, now + session_life, false);
  for (const auto* part :
       {"tandem_session=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Max-Age=43200"})
    CHECK(cookie.find(part) != std::string::npos);
  CHECK(cookie.find("Secure") == std::string::npos);
  CHECK(cookie.find(token) == std::string::npos);
  CHECK(session_cookie(secret, token, now + session_life, true).ends_with("; Secure"));
}

TEST_CASE("a session is found among other cookies") {
  CHECK(lets_in(session()));
  CHECK(lets_in("a=b; " + session()));
  CHECK(lets_in(session() + ";c"));
  CHECK(lets_in("tandem_session=old; " + session()));
}

TEST_CASE("a session ends in time, and with the token or the secret that it was made with") {
  CHECK(lets_in(session(), now + session_life - 1s));
  CHECK_FALSE(lets_in(session(), now + session_life));
  CHECK_FALSE(has_session(secret, token + "0", session(), now));
  CHECK_FALSE(has_session(secret + "0", token, session(), now));
  CHECK_FALSE(has_session("", token, sent_back(session_cookie("", token, now + 1h, false)), now));
}

TEST_CASE("no changed or missing byte of a session goes unnoticed, and no other text is one") {
  const auto right = session();
  for (std::size_t at = 0; at < right.size(); ++at) {
    CAPTURE(at);
    auto wrong = right;
    wrong[at] = wrong[at] == '1' ? '2' : '1';
    CHECK_FALSE(lets_in(wrong));
    CHECK_FALSE(lets_in(right.substr(0, at)));
  }
  for (const auto* text : {"", ";", "=", "tandem_session", "tandem_session=", "tandem_session=.", "; ;=;"})
    CHECK_FALSE(lets_in(text));
}

TEST_CASE("this machine is known by its loopback addresses and as localhost") {
  for (const auto* own :
       {"localhost", "LocalHost:9090", "127.0.0.1", "127.0.0.1:9090", "127.1.2.3", "[::1]", "[::1]:9090"}) {
    CAPTURE(own);
    CHECK(is_loopback_host(own));
  }
  for (const auto* other : {"", ":", "localhost.evil.example", "127.0.0.1.evil.example",
                            "127.evil.example:80", "[::2]", "::1", "node", "10.0.0.1"}) {
    CAPTURE(other);
    CHECK_FALSE(is_loopback_host(other));
  }
}
