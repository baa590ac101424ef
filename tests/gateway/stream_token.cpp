#include "gateway/stream_token.hpp"

#include <chrono>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;
using time_point = std::chrono::system_clock::time_point;

namespace {

const std::string secret = "a secret of the node";
const std::string call = "node-a.0f3c.17";
const time_point now{1'800'000'000s};

std::string token(std::string_view node = "node-a") {
  return mint_stream_token(secret, node, call, now + 60s);
}

token_fault fault_of(std::string_view text, time_point at = now) {
  const auto outcome = verify_stream_token(secret, text, at);
  REQUIRE_FALSE(outcome.has_value());
  return outcome.error();
}

}  // namespace

TEST_CASE("a token gives its call back") {
  CHECK(verify_stream_token(secret, token(), now).value() == call);
  CHECK(node_of_stream_token(token()) == "node-a");
}

TEST_CASE("a node's name may hold dots") {
  const auto dotted = token("voice-1.voice.default.svc.cluster.local");
  CHECK(verify_stream_token(secret, dotted, now).value() == call);
  CHECK(node_of_stream_token(dotted) == "voice-1.voice.default.svc.cluster.local");
}

TEST_CASE("a token has the wire's form") {
  // The mac by another implementation: HMAC-SHA256 with "a secret of the node", in base64url without padding.
  CHECK(token() == "node-a.AGtJ0jxub2RlLWEuMGYzYy4xNw.PCsqWeVaeQiqMGOJkui9LuB0ELxHGCGtZBJrEJ22l1I");
}

TEST_CASE("a token is safe in the path of a URL") {
  for (int i = 0; i < 200; ++i) {
    const auto text =
        mint_stream_token(std::to_string(i), "n", std::string(static_cast<std::size_t>(i) + 1, '\xff'),
                          now + std::chrono::seconds(i));
    CHECK(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") ==
          std::string::npos);
  }
}

TEST_CASE("a token expires at its second") {
  CHECK(verify_stream_token(secret, token(), now + 59s).has_value());
  CHECK(fault_of(token(), now + 60s) == token_fault::expired);
  CHECK(fault_of(token(), now + 24h) == token_fault::expired);
}

TEST_CASE("a token of another secret is forged, also when it has expired") {
  const auto other = mint_stream_token("another secret", "node-a", call, now + 60s);
  CHECK(fault_of(other) == token_fault::forged);
  CHECK(fault_of(other, now + 1h) == token_fault::forged);
}

TEST_CASE("without a secret nothing is genuine") {
  const auto open = mint_stream_token("", "node-a", call, now + 60s);
  const auto outcome = verify_stream_token("", open, now);
  REQUIRE_FALSE(outcome.has_value());
  CHECK(outcome.error() == token_fault::forged);
}

TEST_CASE("no changed character goes unnoticed") {
  const auto good = token();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char c : {'A', 'B', '-', '.', '\0', '\x80', '='}) {
      auto bad = good;
      if (bad[i] == c) continue;
      bad[i] = c;
      CAPTURE(i);
      CHECK_FALSE(verify_stream_token(secret, bad, now).has_value());
    }
    CHECK_FALSE(verify_stream_token(secret, good.substr(0, i), now).has_value());
    if (i > 0) CHECK_FALSE(verify_stream_token(secret, good.substr(i), now).has_value());
  }
  CHECK_FALSE(verify_stream_token(secret, good + "A", now).has_value());
}

TEST_CASE("what is no token is malformed") {
  for (const std::string_view text :
       {"", ".", "..", "...", "a", "a.b", ".a.b", "a..b", "a.b.", "a.!.c", "a.AAAA.b", "a.AAAAAAA.b"}) {
    CAPTURE(text);
    CHECK(fault_of(text) == token_fault::malformed);
  }
  CHECK(fault_of(std::string(1 << 20, '.')) == token_fault::malformed);
  CHECK(fault_of("a." + std::string(1 << 20, 'A') + ".b") == token_fault::malformed);
  CHECK(node_of_stream_token("a.b").empty());
  CHECK(node_of_stream_token(std::string(1 << 20, '.')).empty());
}

TEST_CASE("a token for the longest call id of use is read back") {
  const std::string long_call(600, 'c');
  const auto text = mint_stream_token(secret, "node-a", long_call, now + 60s);
  REQUIRE(text.size() <= token_bound);
  CHECK(verify_stream_token(secret, text, now).value() == long_call);
}

TEST_CASE("no text at all opens the door, and none does harm") {
  std::mt19937 random(20260501);
  const std::string letters = "abAB01-_..=\n\xff\0";
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 80, '\0');
    for (char& c : text) c = round % 2 ? letters[random() % letters.size()] : static_cast<char>(random());
    if (round % 3 == 0) text = token().insert(random() % 20, text);
    CHECK_FALSE(verify_stream_token(secret, text.empty() ? "x" : text + "x", now).has_value());
    node_of_stream_token(text);
  }
}

TEST_CASE("who listens in comes with a token that lets no stream in, and the other way round") {
  const auto text = mint_listen_token(secret, "node-b", {call, "session"}, now + 60s);
  const auto pass = verify_listen_token(secret, text, now);
  REQUIRE(pass.has_value());
  CHECK(pass->call_id == call);
  CHECK(pass->by == "session");
  CHECK(fault_of(text) == token_fault::malformed);
  CHECK(verify_listen_token(secret, token(), now).error() == token_fault::malformed);
  CHECK(verify_listen_token(secret, text, now + 60s).error() == token_fault::expired);
  CHECK(verify_listen_token("another secret", text, now).error() == token_fault::forged);
}
