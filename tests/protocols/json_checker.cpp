#include "protocols/json_checker.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using list = std::vector<std::string>;

template <class F>
list faults_of(std::string text, F read) {
  list faults;
  json::document document;
  REQUIRE(document.parse(text) == json::fault::none);
  {
    json::checker file(document.root(), {}, faults);
    read(file);
  }
  return faults;
}

}  // namespace

TEST_CASE("a checker reads what is right") {
  const auto faults =
      faults_of(R"({"a":"x","n":5,"f":1.5,"b":true,"l":["p","q"],"c":"red","o":{"k":"v"},
                                    "os":[{"i":1},{"i":2}],"m":{"one":{"i":3}}})",
                [](json::checker& in) {
                  CHECK(in.text("a") == "x");
                  CHECK(in.integer("n", 1, 9, std::nullopt) == 5);
                  CHECK(in.number("f", 0, 2, 0) == 1.5);
                  CHECK(in.boolean("b", false));
                  CHECK(in.texts("l", 2) == list{"p", "q"});
                  CHECK(in.choice("c", {"blue", "red"}, true) == "red");
                  CHECK(in.text_members("o").at(0).second == "v");
                  std::int64_t sum = 0;
                  const auto add = [&](json::checker& item) { sum += item.integer("i", 0, 9, 0); };
                  in.objects("os", 2, add);
                  in.members("m", 1, [&](const std::string&, json::checker& item) { add(item); });
                  CHECK(sum == 6);
                });
  CHECK(faults.empty());
}

TEST_CASE("a checker gives defaults for what is missing and may be") {
  const auto faults = faults_of("{\"a\":null}", [](json::checker& in) {
    CHECK(in.text_if("a").empty());
    CHECK(in.integer("n", 1, 9, 7) == 7);
    CHECK(in.number("f", 0, 2, 0.5) == 0.5);
    CHECK(in.boolean("b", true));
    CHECK(in.texts("l", 0).empty());
    CHECK(in.choice("c", {"blue", "red"}, false) == "blue");
    CHECK(in.text_members("o").empty());
    in.object("p", false, [](json::checker&) { FAIL("there is none"); });
  });
  CHECK(faults.empty());
}

TEST_CASE("a checker names the place of every fault") {
  const auto faults = faults_of(
      R"({"a":1,"n":10,"f":"x","b":0,"l":["p",""],"o":{"k":1},"os":[7],"x":1,"x":1})", [](json::checker& in) {
        in.text("a");
        in.text("t");
        in.integer("n", 1, 9, std::nullopt);
        in.number("f", 0, 2, 0);
        in.boolean("b", false);
        in.texts("l", 0);
        in.text_members("o");
        in.objects("os", 0, [](json::checker& item) { item.text("i"); });
        in.choice("c", {"blue", "red"}, true);
      });
  CHECK(faults == list{"a: must be a text that is not empty", "t: missing; must be a text",
                       "n: must be a whole number from 1 to 9", "f: must be a number from 0 to 2",
                       "b: must be true or false", "l[1]: must be a text that is not empty",
                       "o.k: must be a text that is not empty", "os[0]: must be an object",
                       "c: missing; must be one of blue, red",
                       "x: unknown; allowed: a, t, n, f, b, l, o, os, c",
                       "x: unknown; allowed: a, t, n, f, b, l, o, os, c"});
}

TEST_CASE("a fault of syntax is given with its line, in the text as it was") {
  const std::string original = "{\"a\": \"b\\n\\\"c\\\"\",\n \"d\"\n: e}";
  std::string text = original;
  json::document document;
  const auto fault = document.parse(text);
  REQUIRE(fault == json::fault::syntax);
  CHECK(json::describe_fault(fault, document, original) == "line 3: not JSON");
  std::string large(100, ' ');
  CHECK(json::describe_fault(document.parse(large, {10, 2}), document, large) == "too large");
}

TEST_CASE("a fault gets the line of its place, or of what should have it") {
  const std::string text = R"({
  "a": 1, "list": [
    {"b": "}, [",
     "c": [1,
           {"d": null}]}
  ],
  "an.other": {"e": []}
})";
  const auto line = [&](const std::string& fault) {
    const auto all = json::with_lines({fault}, text);
    REQUIRE(all.front().ends_with(": " + fault));
    return all.front().substr(0, all.front().size() - fault.size() - 2);
  };
  CHECK(line("a: must be a text") == "line 2");
  CHECK(line("list[0]: must have x") == "line 3");
  CHECK(line("list[0].b: \"}, [\" is no name") == "line 3");
  CHECK(line("list[0].c[0]: must be a text") == "line 4");
  CHECK(line("list[0].c[1].d: must be a text") == "line 5");
  CHECK(line("list[0].x: missing") == "line 3");
  CHECK(line("an.other.e \"y\": is wrong") == "line 7");
  CHECK(line("another: missing") == "line 1");
  CHECK(line("the file: must be an object") == "line 1");
  CHECK(json::with_lines({}, text).empty());
}
