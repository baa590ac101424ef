#include "protocols/json.hpp"

#include <algorithm>
#include <malloc.h>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::string_view_literals;

namespace {

/// Owns the text in memory of exactly its size, so that a read beyond it is seen by the sanitizers.
struct parsed {
  explicit parsed(std::string_view source, json::limits bounds = {}) : text(source.begin(), source.end()) {
    fault = document.parse(text, bounds);
  }
  const json::value& root() const { return document.root(); }

  std::vector<char> text;
  json::document document;
  json::fault fault;
};

json::fault fault_of(std::string_view source, json::limits bounds = {}) {
  return parsed(source, bounds).fault;
}

std::string quoted(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out;
}

}  // namespace

TEST_CASE("an object gives its members by name and type") {
  const parsed it(R"({"s":"text","i":-7,"d":1.5,"b":true,"n":null,"a":["x","y"],"o":{"in":"side"}})");
  REQUIRE(it.fault == json::fault::none);
  CHECK(json::text(it.root(), "s") == "text");
  CHECK(json::integer(it.root(), "i") == -7);
  CHECK(json::number(it.root(), "d") == 1.5);
  CHECK(json::number(it.root(), "i") == -7.0);
  CHECK(json::boolean(it.root(), "b") == true);
  CHECK(json::find(it.root(), "n") == nullptr);
  CHECK(json::find(it.root(), "missing") == nullptr);
  CHECK(json::text_or(*json::find(it.root(), "o"), "in") == "side");
  CHECK(json::find(*json::find(it.root(), "s"), "anything") == nullptr);
  const auto all = json::elements(it.root(), "a");
  REQUIRE(all.size() == 2);
  CHECK(json::text(all[1]) == "y");
  CHECK(json::elements(it.root(), "s").empty());
}

TEST_CASE("a member of the wrong type is no value") {
  const parsed it(R"({"s":"text","i":1,"b":"true","big":18446744073709551615,"f":1.0,"inf":"inf"})");
  CHECK_FALSE(json::text(it.root(), "i"));
  CHECK_FALSE(json::integer(it.root(), "s"));
  CHECK_FALSE(json::integer(it.root(), "big"));
  CHECK_FALSE(json::integer(it.root(), "f"));
  CHECK_FALSE(json::number(it.root(), "s"));
  CHECK_FALSE(json::number(it.root(), "inf"));
  CHECK_FALSE(json::boolean(it.root(), "b"));
  CHECK(json::text_or(it.root(), "i", "otherwise") == "otherwise");
}

TEST_CASE("numbers may come as strings of digits") {
  const parsed it(R"({"a":"42","b":"-3","c":"1.25","d":"4x","e":"","f":" 4","g":"9223372036854775808"})");
  CHECK(json::integer(it.root(), "a") == 42);
  CHECK(json::integer(it.root(), "b") == -3);
  CHECK(json::number(it.root(), "c") == 1.25);
  for (const auto key : {"c", "d", "e", "f", "g"}) CHECK_FALSE(json::integer(it.root(), key));
}

TEST_CASE("the first spelling that is present and not null wins") {
  const parsed it(R"({"camelCase":null,"snake_case":1})");
  CHECK(json::find_any(it.root(), {"camelCase", "snake_case"})->GetInt() == 1);
  CHECK(json::find_any(it.root(), {"other"}) == nullptr);
}

TEST_CASE("strings are decoded in place and may hold any byte") {
  const parsed it("{\"a\":\"x\\u0000y\",\"b\":\"\xff\xfe\",\"c\":\"\\\"\\\\\\/\\n\\u00e4\\ud83d\\ude00\"}");
  REQUIRE(it.fault == json::fault::none);
  CHECK(json::text(it.root(), "a") == "x\0y"sv);
  CHECK(json::text(it.root(), "b") == "\xff\xfe");
  CHECK(json::text(it.root(), "c") == "\"\\/\n\xc3\xa4\xf0\x9f\x98\x80");
  const auto view = *json::text(it.root(), "a");
  CHECK(view.data() > it.text.data());
  CHECK(view.data() < it.text.data() + it.text.size());
}

TEST_CASE("a long string is whole wherever its escape is") {
  for (std::size_t at = 0; at < 70; ++at) {
    std::string source(70, 'x');
    source.insert(at, "\\t");
    std::string expected(70, 'x');
    expected.insert(at, "\t");
    const parsed it("{\"k\":\"" + source + "\"}");
    REQUIRE(it.fault == json::fault::none);
    CHECK(json::text(it.root(), "k") == expected);
  }
}

TEST_CASE("a text cut at any byte is no object") {
  const std::string_view whole =
      R"( {"k\u00e4":[1,-2.5e3,true,false,null,{"in":"a \ud83d\ude00 b"}],"z":""})";
  REQUIRE(fault_of(whole) == json::fault::none);
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    CHECK(fault_of(whole.substr(0, cut)) == json::fault::syntax);
}

TEST_CASE("what is not one JSON object is refused") {
  for (const auto source :
       {"", " ", "nul", "{]", "{\"a\":}", "{\"a\" 1}", "{,}", "{\"a\":1,}", "{'a':1}", "{}{}", "{} x",
        "{\"a\":01}", "{\"a\":\"\\x\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\t\"}"}) {
    CAPTURE(source);
    CHECK(fault_of(source) == json::fault::syntax);
  }
  CHECK(fault_of("{}\0"sv) == json::fault::syntax);
  CHECK(fault_of("{}\0{}"sv) == json::fault::syntax);
  CHECK(fault_of("{\"a\":\"\0\"}"sv) == json::fault::syntax);
  for (const auto source : {"[]", "1", "\"text\"", "null", "true"})
    CHECK(fault_of(source) == json::fault::not_an_object);
}

TEST_CASE("nesting up to the limit is accepted and one more is too deep") {
  const auto nested = [](std::size_t levels) {
    return "{\"a\":" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  CHECK(fault_of(nested(32)) == json::fault::none);
  CHECK(fault_of(nested(33)) == json::fault::too_deep);
  CHECK(fault_of(nested(3), {.depth = 3}) == json::fault::none);
  CHECK(fault_of(nested(4), {.depth = 3}) == json::fault::too_deep);
  CHECK(fault_of("{\"a\":[[],[],{},{\"b\":[]}]}", {.depth = 4}) == json::fault::none);
}

TEST_CASE("a megabyte of open brackets costs neither stack nor memory") {
  for (const std::string_view open : {"[", "{\"\":", "[{\"a\":"}) {
    std::string source;
    while (source.size() + open.size() <= 1024 * 1024) source += open;
    std::vector<char> text(source.begin(), source.end());
    json::document document;
    const auto before = mallinfo2().uordblks;
    CHECK(document.parse(text) == json::fault::too_deep);
    CHECK(mallinfo2().uordblks == before);
  }
}

TEST_CASE("a text over the size limit is not looked at") {
  CHECK(fault_of("{\"a\":1}", {.bytes = 7}) == json::fault::none);
  CHECK(fault_of("{\"a\":1}", {.bytes = 6}) == json::fault::too_large);
}

TEST_CASE("a document is as good as new at every parse") {
  json::document document;
  std::string wide = "{\"a\":[0";
  for (int i = 1; i < 2000; ++i) wide += "," + std::to_string(i);
  wide += "]}";
  std::vector<char> text(wide.size());
  const auto parse = [&](std::string_view source) {
    std::copy(source.begin(), source.end(), text.begin());
    return document.parse({text.data(), source.size()});
  };
  const std::string small = R"({"a":[1,2,3,4,5,6,7,8],"b":{"c":{"d":"e"}}})";
  REQUIRE(parse(wide) == json::fault::none);
  REQUIRE(parse(small) == json::fault::none);
  const auto before = mallinfo2().uordblks;
  for (int round = 0; round < 100; ++round) {
    CHECK(parse(wide) == json::fault::none);
    CHECK(json::elements(document.root(), "a").size() == 2000);
    CHECK(parse("{\"a\":[1,2") == json::fault::syntax);
    CHECK(json::find(document.root(), "a") == nullptr);
    CHECK(parse(small) == json::fault::none);
    CHECK(json::elements(document.root(), "a").size() == 8);
  }
  CHECK(mallinfo2().uordblks == before);
}

TEST_CASE("an ordinary message is parsed without the heap") {
  std::string source =
      R"({"event":"media","sequence_number":"4","stream_id":"32de0dea-53cb-4b21-89a4-9e1819c043bc",)"
      R"("media":{"track":"inbound","chunk":"2","timestamp":"5","payload":"/v7+"}})";
  const auto before = mallinfo2().uordblks;
  json::document document;
  CHECK(document.parse(source) == json::fault::none);
  CHECK(mallinfo2().uordblks == before);
}

TEST_CASE("quoting escapes what JSON forbids and mends what is not UTF-8") {
  CHECK(quoted("") == R"("")");
  CHECK(quoted("plain \xc3\xa4") == "\"plain \xc3\xa4\"");
  CHECK(quoted("a\"b\\c/\n\r\t\x01\x1f"sv) == R"("a\"b\\c/\n\r\t\u0001\u001f")");
  CHECK(quoted("\0"sv) == R"("\u0000")");
  const std::string mark = "\xef\xbf\xbd";
  CHECK(quoted("a\xffz") == "\"a" + mark + "z\"");
  CHECK(quoted("\xc3") == "\"" + mark + "\"");
  CHECK(quoted("\xc0\x80") == "\"" + mark + mark + "\"");
  CHECK(quoted("\xed\xa0\x80") == "\"" + mark + mark + mark + "\"");
  CHECK(quoted("\xf0\x9f\x98\x80") == "\"\xf0\x9f\x98\x80\"");
  CHECK(quoted("\xf4\x90\x80\x80").size() == 2 + 4 * mark.size());
}

TEST_CASE("every text that is quoted is read back the same") {
  std::string every;
  for (int c = 0; c < 0x80; ++c) every += static_cast<char>(c);
  const parsed it("{\"k\":" + quoted(every) + "}");
  REQUIRE(it.fault == json::fault::none);
  CHECK(json::text(it.root(), "k") == every);
}

TEST_CASE("every fault has words of its own") {
  using enum json::fault;
  std::vector<std::string_view> words;
  for (const auto reason : {none, too_large, too_deep, syntax, not_an_object, bad_field, bad_base64}) {
    for (const auto other : words) CHECK(json::to_string(reason) != other);
    words.push_back(json::to_string(reason));
  }
}
