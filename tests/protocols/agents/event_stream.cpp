#include "protocols/agents/event_stream.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using texts = std::vector<std::string>;

namespace {

texts read(std::string_view stream, std::size_t piece = 1) {
  event_stream reader;
  texts events;
  for (std::size_t at = 0; at < stream.size(); at += piece) reader.add(stream.substr(at, piece), events);
  reader.finish(events);
  return events;
}

}  // namespace

TEST_CASE("events are alike in whatever pieces they come") {
  const std::string_view stream =
      "\xef\xbb\xbf"
      "data: one\n\n: ping\n\nevent: x\ndata:two\r\ndata: three \u00e9\r\n\r\nid: 7\rdata\r\rretry: "
      "5\n\ndata: [DONE]";
  const texts expected{"one", "two\nthree \u00e9", "", "[DONE]"};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) CHECK(read(stream, piece) == expected);
}

TEST_CASE("an event is complete with its blank line, and not before") {
  event_stream reader;
  texts events;
  reader.add("data: a\n", events);
  CHECK(events.empty());
  reader.add("\r", events);
  CHECK(events == texts{"a"});
  reader.add("\ndata: b\r\n\r\n", events);
  CHECK(events == texts{"a", "b"});
}

TEST_CASE("a failure that is written bare into the stream is an event") {
  CHECK(read("data: a\n\nerror: {\"code\":500}\n\n{\"error\":\"gone\"}\n") ==
        texts{"a", R"({"error":{"code":500}})", R"({"error":"gone"})"});
}

TEST_CASE("an event without end is refused") {
  event_stream reader;
  texts events;
  const std::string line(event_stream::max_event / 4, 'x');
  bool taken = true;
  for (int n = 0; n < 6 && taken; ++n) taken = reader.add("data: " + line + "\n", events);
  CHECK_FALSE(taken);
  CHECK_FALSE(reader.add("\n\ndata: late\n\n", events));
  CHECK_FALSE(reader.finish(events));
  CHECK(events.empty());
}
