#include "protocols/telnyx/leg_events.hpp"

#include <doctest/doctest.h>

namespace tandem::telnyx {

namespace {

std::string list_of(const std::string& events) {
  return R"({"data":[)" + events + R"(],"meta":{"total_pages":1,"total_results":1}})";
}

std::string begun(const std::string& metadata) {
  return R"({"record_type":"call_event","call_leg_id":"a","call_session_id":"s","name":"call.initiated",)"
         R"("type":"webhook","event_timestamp":"2026-05-01T10:00:00Z","metadata":)" +
         metadata + "}";
}

}  // namespace

TEST_CASE("a leg's first event tells its direction and numbers, wherever in it they are") {
  const std::string payload = R"({"direction":"incoming","from":"+1","to":"+2","state":"parked"})";
  for (const auto& metadata : {payload, R"({"payload":)" + payload + "}",
                               R"({"a":1,"event":{"data":{"payload":)" + payload + "}}}"}) {
    const auto told = read_leg_events(list_of(begun(metadata)), "a");
    REQUIRE(told);
    CHECK(told->direction == "incoming");
    CHECK(told->from == "+1");
    CHECK(told->to == "+2");
    CHECK_FALSE(told->is_handled);
  }
}

TEST_CASE("an event that tells nothing of the webhook leaves open what the leg is") {
  for (const auto* metadata : {"{}", "null", "[]", R"({"direction":7})", R"({"payload":"incoming"})",
                               R"({"1":{"2":{"3":{"4":{"5":{"direction":"incoming"}}}}}})"}) {
    const auto told = read_leg_events(list_of(begun(metadata)), "a");
    REQUIRE(told);
    CHECK(told->direction.empty());
    CHECK_FALSE(told->is_handled);
  }
}

TEST_CASE("whatever came after a leg's beginning shows that somebody has it") {
  for (const auto* other : {R"({"call_leg_id":"a","name":"call.answered","type":"webhook"})",
                            R"({"call_leg_id":"a","name":"call.hangup","type":"webhook"})",
                            R"({"call_leg_id":"a","name":"answer","type":"command"})",
                            R"({"call_leg_id":"a","name":"call.initiated","type":"command"})"})
    CHECK(read_leg_events(list_of(begun("{}") + "," + other), "a")->is_handled);
  CHECK_FALSE(read_leg_events(list_of(begun("{}") + "," + begun("{}")), "a")->is_handled);
}

TEST_CASE("events of other legs mean nothing") {
  const auto told =
      read_leg_events(list_of(R"({"call_leg_id":"b","name":"call.answered","type":"webhook"},7,{})"), "a");
  REQUIRE(told);
  CHECK_FALSE(told->is_handled);
}

TEST_CASE("what is no list of events is a fault") {
  for (const auto* body : {R"({})", R"({"data":null})", R"({"data":{}})"})
    CHECK(read_leg_events(body, "a").error() == json::fault::bad_field);
  CHECK(read_leg_events("", "a").error() == json::fault::syntax);
}

TEST_CASE("a leg's events are asked for by its id") {
  CHECK(leg_events_path("a/b") == "/call_events?filter%5Bleg_id%5D=a%2Fb&page%5Bsize%5D=50");
}

}  // namespace tandem::telnyx
