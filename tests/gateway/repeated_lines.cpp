#include "gateway/repeated_lines.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;

struct fixture {
  std::size_t admitted(const std::string& begin, std::size_t lines) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < lines; ++i) count += seen.admit(begin + " id=" + std::to_string(i), now);
    return count;
  }

  repeated_lines seen;
  repeated_lines::time now{};
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "of lines that begin alike the first ones are written, the rest is counted once") {
  CHECK(admitted("provider failed", 1000) == repeated_lines::most);
  CHECK(admitted("webhook refused", 3) == 3);
  now += repeated_lines::window - 1ms;
  CHECK(seen.over(now).empty());
  CHECK(admitted("provider failed", 1) == 0);
  now += 1ms;
  CHECK(seen.over(now) == words{R"(log held lines back count=991 like="provider failed")"});
  CHECK(seen.over(now).empty());
  CHECK(admitted("provider failed", 1000) == repeated_lines::most);
}

TEST_CASE_FIXTURE(fixture, "a line without values is its own kind") {
  for (std::size_t i = 0; i < repeated_lines::most; ++i) CHECK(seen.admit("the same", now));
  CHECK_FALSE(seen.admit("the same", now));
  CHECK(seen.admit("another", now));
  CHECK(seen.admit("=", now));
  CHECK(seen.admit("", now));
}

TEST_CASE_FIXTURE(fixture, "what was held back can be told before its time") {
  admitted("a", 12);
  CHECK(seen.all() == words{R"(log held lines back count=2 like="a")"});
  CHECK(seen.all().empty());
}

TEST_CASE_FIXTURE(fixture, "a log that says ever new things takes no more memory for it") {
  for (int i = 0; i < 100000; ++i) REQUIRE(seen.admit("kind" + std::to_string(i) + " a=b", now));
  CHECK(seen.all().empty());
}
