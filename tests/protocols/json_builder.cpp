#include "protocols/json_builder.hpp"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("an object is written member by member, with its own kind of value each") {
  std::string out = "before ";
  {
    json::builder object(out);
    object.text("a", "x\"y").integer("b", -5).boolean("c", true).text_if("left out", "").text_if("d", "z");
    json::builder(object.raw("inner")).boolean("e", false);
    object.raw("list") += "[1,2]";
    object.text("na\"me", "");
  }
  CHECK(out == R"(before {"a":"x\"y","b":-5,"c":true,"d":"z","inner":{"e":false},"list":[1,2],"na\"me":""})");
}

TEST_CASE("an object without members is written too") {
  std::string out;
  { json::builder object(out); }
  CHECK(out == "{}");
}
