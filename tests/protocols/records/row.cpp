#include "protocols/records/row.hpp"

#include "protocols/json.hpp"

#include <doctest/doctest.h>

namespace tandem::records {

namespace {

call_row full_call() {
  call_row row;
  row.id = "node-1-7";
  row.place = 1'700'000'000'000'123'456;
  row.revision = 1'700'000'000'000'001;
  row.sealed = numbers_sealed | words_sealed;
  row.node = "node";
  row.carrier_call_id = "v3:\"quoted\"\n";
  row.direction = "incoming";
  row.from_number = "+13125550100";
  row.caller = "+13125550100";
  row.state = "ended";
  row.started_at = -5;
  row.metadata = R"({"name":"Zoë"})";
  row.cost_llm = 17;
  return row;
}

}  // namespace

TEST_CASE("every kind of row comes back from its line as it went in") {
  const row rows[] = {
      full_call(),
      turn_row{.call_id = "a",
               .n = 3,
               .role = "agent",
               .text = "line\nfeed \x01",
               .heard_text = "line",
               .timing = R"({"own_ms":1.5})"},
      event_row{.call_id = "a", .n = 1, .at = 5, .name = "dtmf", .data = R"({"digit":"5"})"},
      forget_row{.caller = "+1", .revision = 9},
      campaign_row{.id = "c", .closed = 1, .settings = R"({"from":"+1"})", .do_not_call = 4},
      entry_row{.campaign_id = "c", .n = 2, .number = "+1", .state = "calling", .end_reason = "busy"},
      barred_row{.caller = "+1", .number = "+1", .since = 7, .source = "api", .barred = 0},
      delivery_row{.call_id = "a", .n = 5, .node = "node", .at = 7, .body = R"({"id":"a-5"})", .waits = 0},
  };
  for (const auto& each : rows) {
    const auto line = encode(each);
    CHECK(line.find('\n') == line.npos);
    const auto back = decode(line);
    REQUIRE(back);
    CHECK(*back == each);
  }
}

TEST_CASE("what is no row, or lacks a member, is not taken for one") {
  CHECK_FALSE(decode(""));
  CHECK_FALSE(decode("{}"));
  CHECK_FALSE(decode(R"({"row":"other"})"));
  CHECK_FALSE(decode(R"({"row":"forget","caller":"+1"})"));
  CHECK_FALSE(decode(R"({"row":"forget","caller":"+1","revision":"x"})"));
  CHECK(decode(R"({"row":"forget","caller":"+1","revision":1,"later":true})"));
}

TEST_CASE("a turn from before there were timings is read") {
  turn_row turn{.call_id = "a", .n = 2, .role = "agent", .text = "Yes.", .latency_ms = 600};
  auto line = encode(turn);
  const std::string_view timing = R"(,"timing":"")";
  REQUIRE(line.find(timing) != line.npos);
  line.erase(line.find(timing), timing.size());
  const auto back = decode(line);
  REQUIRE(back);
  CHECK(*back == row(turn));
}

TEST_CASE("a call that started later has a higher place, and two of one moment have different ones") {
  const wall_time then{std::chrono::milliseconds(1'700'000'000'000)};
  CHECK(place_of(then + std::chrono::milliseconds(1), "a") > place_of(then, "z"));
  CHECK(place_of(then, "a") != place_of(then, "b"));
  CHECK(place_of(then, "a") == place_of(then, "a"));
}

TEST_CASE("texts that databases refuse are made storable, all others stay") {
  CHECK(storable("Zoë 😀 \t\n") == "Zoë 😀 \t\n");
  CHECK(storable(std::string_view("a\0b", 3)) ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(storable("\xff") == "\xef\xbf\xbd");
  CHECK(storable("\xc3") == "\xef\xbf\xbd");
  CHECK(storable("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(storable("\xf4\x90\x80\x80").size() == 12);
}

TEST_CASE("metadata come back from their JSON in order") {
  const std::vector<std::pair<std::string, std::string>> members{{"name", "Zoë \"Z\""}, {"a", ""}};
  CHECK(members_of(to_json(members)) == members);
  CHECK(to_json({}) == "{}");
  CHECK(members_of("no object").empty());
  CHECK(members_of(R"({"number":1})").empty());
}

}  // namespace tandem::records
