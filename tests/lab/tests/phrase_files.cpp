#include "tests/lab/phrase_files.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace tandem::lab;
using list = std::vector<std::string>;

TEST_CASE("a caller's script gives its lines") {
  CHECK(
      phrases_of(
          R"({"version":1,"lines":[{"say":"Hello there.","expect":["hello"]},{"say":"Goodbye.","expect":["goodbye"]}]})") ==
      list{"Hello there.", "Goodbye."});
}

TEST_CASE("a script with faults is refused with all of them") {
  std::string reason;
  try {
    phrases_of(R"({"version":1,"lines":[{"say":""},{}]})");
  } catch (const std::runtime_error& fault) {
    reason = fault.what();
  }
  CHECK(reason.find("lines") != std::string::npos);
  CHECK_THROWS_AS(phrases_of("["), std::runtime_error);
  CHECK_THROWS_AS(phrases_of("{}"), std::runtime_error);
}

TEST_CASE("lines are read without blank ones and line ends") {
  CHECK(lines_of("One. \r\n\n  \nTwo.") == list{"One.", "Two."});
  CHECK(lines_of("").empty());
}
