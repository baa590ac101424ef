#include "protocols/mask.hpp"

#include <string>

#include <doctest/doctest.h>

using tandem::mask_number;

TEST_CASE("an international number keeps the begin of its prefix and its last two digits") {
  CHECK(mask_number("+4915112345678") == "+49***78");
  CHECK(mask_number("+12025550123") == "+12***23");
  CHECK(mask_number("+1 (202) 555-01.23") == "+12***23");
}

TEST_CASE("a national number keeps its last two digits") {
  CHECK(mask_number("015112345678") == "***78");
  CHECK(mask_number("5550123") == "***23");
}

TEST_CASE("a short number is hidden whole") {
  CHECK(mask_number("911") == "***");
  CHECK(mask_number("+49112") == "***");
  CHECK(mask_number("123456") == "***");
}

TEST_CASE("what is no number is hidden whole") {
  CHECK(mask_number("sip:+4915112345678@example.com") == "***");
  CHECK(mask_number("anonymous") == "***");
  CHECK(mask_number("+") == "***");
  CHECK(mask_number("++4915112345678") == "***");
  CHECK(mask_number("+49151123456\n78") == "***");
  CHECK(mask_number(std::string_view("+4915112345\0", 12)) == "***");
}

TEST_CASE("no number stays no number") { CHECK(mask_number("").empty()); }

TEST_CASE("a mask is short, however long the number") {
  for (std::size_t digits = 0; digits < 100; ++digits) {
    CHECK(mask_number("+" + std::string(digits, '7')).size() <= 8);
  }
  CHECK(mask_number(std::string(1 << 20, '7')) == "***");
}
