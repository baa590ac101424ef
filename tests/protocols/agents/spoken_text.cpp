#include "protocols/agents/spoken_text.hpp"

#include "protocols/utf8.hpp"

#include <doctest/doctest.h>

using tandem::spoken_text;

TEST_CASE("plain words are said as they are") {
  for (const auto* text : {"Good morning.", "It's 7:30 p.m. – for 4?", "Two times three: 2*3 = 6.",
                           "Größe: 10 €", "a_b and c-d", "room #5", "1. May"})
    CHECK(spoken_text(text) == text);
}

TEST_CASE("marks of Markdown are not said") {
  CHECK(spoken_text("**Yes**, *we* are `open`.") == "Yes, we are open.");
  CHECK(spoken_text("## Our menu\n- Soup\n* Fish\n> Quoted") == "Our menu Soup Fish Quoted");
  CHECK(spoken_text("See [our site](https://example.com/a_b).") == "See our site.");
  CHECK(spoken_text("__Really__") == "Really");
  CHECK(spoken_text("[no link] (here)") == "[no link] (here)");
}

TEST_CASE("pictographs are not said") {
  CHECK(spoken_text("Great! 😊👍🏽") == "Great!");
  CHECK(spoken_text("Sun ☀️ today") == "Sun today");
  CHECK(spoken_text("🎉").empty());
}

TEST_CASE("of nothing nothing is said, and no byte is made up") {
  CHECK(spoken_text("").empty());
  CHECK(spoken_text(" \n ").empty());
  CHECK(spoken_text("**").empty());
  const std::string text = "Ä **ö** [ü](x) 😊 – é\n- ß";
  for (std::size_t i = 0; i <= text.size(); ++i)
    if (tandem::utf8::is_valid(std::string_view(text).substr(0, i)))
      CHECK(tandem::utf8::is_valid(spoken_text(std::string_view(text).substr(0, i))));
}
