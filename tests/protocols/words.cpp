#include "protocols/words.hpp"

#include <doctest/doctest.h>

using namespace tandem::words;

TEST_CASE("words are the same whatever their case, punctuation and blanks") {
  CHECK(same("A table for four.", "a table, for four"));
  CHECK(same("ice cream", "Ice-cream!"));
  CHECK(same("I\u2019m here\u2026", "im here"));
  CHECK(same("\u00bfQu\u00c9?", "qu\u00e9"));
  CHECK(same("\u041d\u0435\u0442.", "\u043d\u0435\u0442"));
  CHECK(same("\u3053\u3093\u306b\u3061\u306f\u3002", "\u3053\u3093\u306b\u3061\u306f"));
  CHECK(same("\u0646\u0639\u0645\u061f", "\u0646\u0639\u0645"));
  CHECK(same("\uff1f", ""));
  CHECK_FALSE(same("a table for four", "a table for five"));
  CHECK_FALSE(same("a table", "a table for four"));
  CHECK_FALSE(same("\u4e0d\u662f", "\u662f"));
}

TEST_CASE("bare words are letters and digits; what is no UTF-8 stays") {
  CHECK(bare(" Caf\u00c9 No. 7! ") == "caf\u00e9no7");
  CHECK(bare("...") == "");
  CHECK(bare("a\xff\xe2\x80") == "a\xff\xe2\x80");
  CHECK(bare("\U0001f600") == "\U0001f600");
  CHECK(bare("\u00d7\u00f7\u00df") == "\u00df");
}

TEST_CASE("a text cut off anywhere is compared as far as it goes") {
  const std::string text = "Gr\u00fc\u00dfe, \u3053\u3093\u3002 \u041d\u0435\u0442";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto once = bare(std::string_view(text).substr(0, size));
    CHECK(bare(once) == once);
  }
}
