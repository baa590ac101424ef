#include "protocols/conversation/key_entry.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

constexpr moment start{std::chrono::hours(1)};

}  // namespace

TEST_CASE("keys belong together until the finishing key, which is not part of them") {
  key_entry entry;
  CHECK(entry.is_empty());
  CHECK_FALSE(entry.deadline());
  for (const char key : std::string_view("12*")) entry.press(key, start);
  CHECK_FALSE(entry.is_complete(start));
  entry.press('#', start + 1s);
  CHECK(entry.is_complete(start + 1s));
  entry.press('9', start + 1s);
  const auto pressed = entry.take(start + 1s);
  CHECK(pressed.text == "12*");
  CHECK(pressed.began == start);
  CHECK(pressed.ended == start + 1s);
  CHECK(pressed.as_said().text == "[pressed 12*]");
  CHECK(entry.is_empty());
}

TEST_CASE("the finishing key behind an entry that has all its keys is no entry of its own") {
  key_entry entry;
  for (const bool taken : {true, false}) {
    entry.expect({.most = 2});
    entry.press('1', start);
    entry.press('2', start);
    REQUIRE(entry.is_complete(start));
    if (taken) CHECK(entry.take(start).text == "12");
    entry.press('#', start + 2s);
    CHECK(entry.is_empty() == taken);
    if (!taken) CHECK(entry.take(start + 2s).text == "12");
  }
  entry.press('#', start + 3s);
  CHECK(entry.take(start + 3s).text.empty());
}

TEST_CASE("the finishing key counts when it comes late, behind another key, or ends nothing") {
  for (const auto* late : {"pause", "key", "none"}) {
    key_entry entry;
    entry.expect({.most = 1, .finish = late == std::string_view("none") ? "" : "#"});
    entry.press('1', start);
    entry.take(start);
    auto now = start;
    if (late == std::string_view("pause")) now += 2001ms;
    if (late == std::string_view("key")) entry.press('3', now);
    entry.press('#', now);
    CHECK(entry.is_complete(now));
  }
}

TEST_CASE("a pause completes an entry") {
  key_entry entry;
  entry.press('1', start);
  entry.press('2', start + 1500ms);
  CHECK_FALSE(entry.is_complete(start + 3499ms));
  CHECK(entry.deadline() == start + 3500ms);
  CHECK(entry.is_complete(start + 3500ms));
}

TEST_CASE("an entry follows the rules it was told, once") {
  key_entry entry;
  entry.expect({.most = 4, .finish = "*", .pause = 500ms});
  for (const char key : std::string_view("1#34")) entry.press(key, start);
  CHECK(entry.is_complete(start));
  CHECK(entry.take(start).text == "1#34");
  for (const char key : std::string_view("12345")) entry.press(key, start);
  CHECK_FALSE(entry.is_complete(start));
}

TEST_CASE("what is no key is ignored, and no entry is longer than any may be") {
  key_entry entry;
  for (const char key : std::string_view("x -e\n")) entry.press(key, start);
  CHECK(entry.is_empty());
  entry.expect({.most = 1'000'000, .finish = "", .pause = 1s});
  for (int i = 0; i < 1000; ++i) entry.press('7', start);
  CHECK(entry.is_complete(start));
  CHECK(entry.take(start).text.size() == key_entry::max_keys);
}
