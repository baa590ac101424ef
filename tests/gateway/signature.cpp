#include "gateway/signature.hpp"

#include "tests/lab/webhook_signer.hpp"

#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;
using time_point = std::chrono::system_clock::time_point;

namespace {

// RFC 8032, 7.1, test 1; the signature over another text is made by another implementation.
constexpr std::array<std::uint8_t, 32> private_key{
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
constexpr std::string_view public_key = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
constexpr std::string_view timestamp = "1700000000";
constexpr std::string_view body = "{\"data\": {\"id\": \"1\"}}\n";
constexpr std::string_view signature =
    "PJhlTMpIgjLdP6Id/NiF1jzqKwHU/ZsNyzBCEeMfNkIgWwHRD4IrVT8OvXV2yowwVc3A0l1RSmpt8mSX/d4hAg==";
const time_point sent{1'700'000'000s};

signature_check check(std::string_view at, std::string_view by, std::string_view what,
                      time_point now = sent) {
  return webhook_verifier(public_key).check(at, by, what, now);
}

std::string hex(const std::array<std::uint8_t, 32>& bytes) {
  std::string text;
  for (const auto byte : bytes) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

}  // namespace

TEST_CASE("a webhook signed by the carrier is valid") {
  CHECK(check(timestamp, signature, body) == signature_check::valid);
}

TEST_CASE("the simulated carrier signs as RFC 8032 says") {
  const webhook_signer signer(private_key);
  CHECK(signer.public_key() == public_key);
  CHECK(signer.sign(timestamp, body) == signature);
}

TEST_CASE("the window is five minutes either way") {
  CHECK(check(timestamp, signature, body, sent + 300s) == signature_check::valid);
  CHECK(check(timestamp, signature, body, sent - 300s) == signature_check::valid);
  CHECK(check(timestamp, signature, body, sent + 301s) == signature_check::outside_window);
  CHECK(check(timestamp, signature, body, sent - 301s) == signature_check::outside_window);
}

TEST_CASE("a changed body, timestamp or signature is forged") {
  std::string changed(body);
  for (std::size_t i = 0; i < changed.size(); ++i) {
    changed[i] ^= 1;
    CHECK(check(timestamp, signature, changed) == signature_check::forged);
    changed[i] ^= 1;
  }
  CHECK(check(timestamp, signature, std::string(body) + " ") == signature_check::forged);
  CHECK(check(timestamp, signature, "") == signature_check::forged);
  CHECK(check("1700000001", signature, body) == signature_check::forged);
  CHECK(check("01700000000", signature, body) == signature_check::forged);
  CHECK(check(timestamp, webhook_signer().sign(timestamp, body), body) == signature_check::forged);
}

TEST_CASE("a webhook without signature or timestamp says so") {
  CHECK(check("", signature, body) == signature_check::missing);
  CHECK(check(timestamp, "", body) == signature_check::missing);
}

TEST_CASE("a head alone tells what is missing, stale or no signature, but not what is forged") {
  const webhook_verifier verifier(public_key);
  const auto head = [&](std::string_view stamp, std::string_view by, std::chrono::seconds later = 0s) {
    return verifier.check_head(stamp, by, sent + later);
  };
  CHECK(head("", signature) == signature_check::missing);
  CHECK(head(timestamp, "") == signature_check::missing);
  CHECK(head("now", signature) == signature_check::bad_timestamp);
  CHECK(head(timestamp, signature, 301s) == signature_check::outside_window);
  CHECK(head(timestamp, "AAAA") == signature_check::malformed);
  CHECK(head(timestamp, signature) == signature_check::valid);
  CHECK(head("1700000001", signature) == signature_check::valid);
}

TEST_CASE("a timestamp is unix seconds in decimal digits") {
  for (const std::string_view text : {"-1700000000", "+1700000000", " 1700000000", "1700000000 ", "1.7e9",
                                      "0x6553f100", "99999999999999999999", "now", "-"}) {
    CAPTURE(text);
    CHECK(check(text, signature, body) == signature_check::bad_timestamp);
  }
  CHECK(check("9223372036854775807", signature, body) == signature_check::outside_window);
  CHECK(check("0", signature, body) == signature_check::outside_window);
}

TEST_CASE("a signature is base64 of 64 bytes") {
  const std::string good(signature);
  for (const std::string& text : {good.substr(0, 84), good + "AAAA", good.substr(0, 86), "!" + good.substr(1),
                                  std::string(88, '='), std::string(1 << 20, 'A'), good + "\n"}) {
    CHECK(check(timestamp, text, body) == signature_check::malformed);
  }
}

TEST_CASE("without a right key of our own nothing is valid") {
  for (const std::string_view text :
       {"", "AAAA", "not base64", "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}) {
    CAPTURE(text);
    const webhook_verifier verifier(text);
    CHECK_FALSE(verifier.has_key());
    CHECK(verifier.check(timestamp, signature, body, sent) == signature_check::bad_key);
  }
}

TEST_CASE("one verifier serves many threads") {
  const webhook_verifier verifier(public_key);
  std::vector<std::thread> threads;
  std::vector<int> valid(4);
  for (auto& count : valid) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        count += verifier.check(timestamp, signature, body, sent) == signature_check::valid;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(valid == std::vector<int>(4, 200));
}

TEST_CASE("HMAC-SHA256 is that of RFC 4231") {
  CHECK(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(
      hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("HMAC-SHA256 takes an empty key and an empty text") {
  CHECK(hex(hmac_sha256({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("texts are equal when every byte is") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("token", "token"));
  CHECK_FALSE(equal_in_constant_time("token", "tokem"));
  CHECK_FALSE(equal_in_constant_time("token", "token2"));
  CHECK_FALSE(equal_in_constant_time("", "token"));
}

TEST_CASE("random ids do not repeat and are safe in a URL") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto id = random_id();
    CHECK(id.size() == 22);
    CHECK(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
    CHECK(seen.insert(id).second);
  }
  CHECK(random_id(3).size() == 4);
}
