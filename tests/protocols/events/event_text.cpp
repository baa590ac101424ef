#include "protocols/events/event_text.hpp"

#include "protocols/agents/event_stream.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

std::string text_of(std::string_view id, std::string_view name, std::string_view data) {
  std::string out;
  event_text::append(out, id, name, data);
  return out;
}

}  // namespace

TEST_CASE("an event is written with its id, its name and its data") {
  CHECK(text_of("n-1-7", "dtmf", R"({"digit":"5"})") ==
        "id: n-1-7\nevent: dtmf\ndata: {\"digit\":\"5\"}\n\n");
  CHECK(text_of("", "dtmf", "") == "event: dtmf\ndata: \n\n");
}

TEST_CASE("whatever its data, an event is read as one") {
  for (const std::string data : {"", "a", "a\nb", "a\n", "\n", "data: x\n\nevent: other", "a\rb", "a\r\nb"}) {
    CAPTURE(data);
    std::vector<std::string> read;
    event_stream reader;
    std::string stream(event_text::keep_alive);
    event_text::append(stream, "1", "name", data);
    stream += event_text::keep_alive;
    // The last byte is not its end yet.
    for (const char byte : stream) REQUIRE(reader.add({&byte, 1}, read));
    REQUIRE(read.size() == 1);
    std::string lines;
    for (const char byte : data) lines += byte == '\r' ? '\n' : byte;
    if (data == "a\r\nb") lines = "a\nb";
    CHECK(read[0] == lines);
  }
}

TEST_CASE("the last event that was seen is found by its id") {
  const auto place = [](std::string_view id) { return event_text::place_in(id, "n-5-", 100); };
  CHECK(place("n-5-1") == 1);
  CHECK(place("n-5-100") == 100);
  CHECK(place("0") == 0);
  for (const auto* id : {"", "n-5-", "n-5-101", "n-4-1", "1", "n-5-x", "n-5-1x", "n-5--1", "n-5-1 ",
                         "n-5-99999999999999999999"}) {
    CAPTURE(id);
    CHECK_FALSE(place(id));
  }
}
