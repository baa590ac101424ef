#include "protocols/telnyx/dial.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem::telnyx;
using tandem::json::fault;

TEST_CASE("a call is placed with its stream, its limits and its id") {
  CHECK(dial_body({.connection_id = "c",
                   .to = "+4930111",
                   .from = "+4930222",
                   .from_display_name = "Tandem",
                   .timeout_seconds = 20,
                   .time_limit_seconds = 600,
                   .detection = machine_detection::premium,
                   .stream_url = "wss://x/t",
                   .client_state = "hello",
                   .command_id = "id"}) ==
        R"({"connection_id":"c","to":"+4930111","from":"+4930222","from_display_name":"Tandem",)"
        R"("timeout_secs":20,"time_limit_secs":600,"answering_machine_detection":"premium",)"
        R"("stream_url":"wss://x/t","stream_track":"inbound_track","stream_codec":"PCMU",)"
        R"("stream_bidirectional_mode":"rtp","stream_bidirectional_codec":"PCMU",)"
        R"("stream_bidirectional_target_legs":"self","send_silence_when_idle":true,)"
        R"("client_state":"aGVsbG8=","command_id":"id"})");
  CHECK(dial_body({.connection_id = "c", .to = "+4930111", .from = "+4930222", .command_id = "id"}) ==
        R"({"connection_id":"c","to":"+4930111","from":"+4930222","send_silence_when_idle":true,)"
        R"("command_id":"id"})");
}

TEST_CASE("a call's limits stay within what Telnyx allows and its name is cut between characters") {
  const auto body = dial_body({.connection_id = "c",
                               .to = "+4930111",
                               .from = "+4930222",
                               .from_display_name = std::string(127, 'a') + "\u00e9",
                               .timeout_seconds = 1,
                               .time_limit_seconds = 90000});
  CHECK(body.find(R"("timeout_secs":5,"time_limit_secs":14400,)") != std::string::npos);
  CHECK(body.find('"' + std::string(127, 'a') + '"') != std::string::npos);
}

TEST_CASE("numbers are E.164 and addresses are SIP") {
  for (const auto good : {"+4930123", "+123456789012345", "sip:a@b", "sips:desk@example.com"})
    CHECK_MESSAGE(can_be_dialled(good), good);
  for (const auto bad : {"", "+", "4930123", "+49 30 123", "+0301234567", "+123456", "+1234567890123456",
                         "+49a0123", "sip:", "sip:@b", "sip:a@", "sip:a b@c", "tel:+4930123"})
    CHECK_FALSE_MESSAGE(can_be_dialled(bad), bad);
}

TEST_CASE("every kind of machine detection is read as it is written") {
  for (const auto name : {"disabled", "detect", "detect_beep", "detect_words", "greeting_end", "premium"}) {
    const auto mode = read_machine_detection(name);
    REQUIRE(mode);
    CHECK(to_string(*mode) == name);
  }
  CHECK_FALSE(read_machine_detection("Premium"));
}

TEST_CASE("a leg that is being dialled is not alive yet") {
  const auto one = read_leg(
      R"({"data":{"record_type":"call","call_control_id":"v3:a","call_leg_id":"l","call_session_id":"s",)"
      R"("client_state":"aGVsbG8=","is_alive":false}})");
  REQUIRE(one);
  CHECK(one->call_control_id == "v3:a");
  CHECK(one->call_leg_id == "l");
  CHECK(one->call_session_id == "s");
  CHECK(one->client_state == "hello");
  CHECK_FALSE(one->is_alive);
  CHECK(read_leg(R"({"data":{"call_control_id":"v3:a","is_alive":true}})")->is_alive);
}

TEST_CASE("an answer without a leg is a fault") {
  for (const auto body :
       {R"({})", R"({"data":null})", R"({"data":[]})", R"({"data":{}})", R"({"data":{"call_control_id":7}})"})
    CHECK_MESSAGE(read_leg(body).error() == fault::bad_field, body);
  CHECK(read_leg("").error() == fault::syntax);
  CHECK(read_active_calls(R"({"data":{}})").error() == fault::bad_field);
}

TEST_CASE("a page of active calls tells its legs and where the next page begins") {
  const auto page = read_active_calls(
      R"({"data":[{"call_control_id":"v3:a","client_state":"?"},{"call_control_id":""},7,)"
      R"({"call_control_id":"v3:b","is_alive":false}],"meta":{"cursors":{"after":"next"},"total_items":2}})");
  REQUIRE(page);
  REQUIRE(page->legs.size() == 2);
  CHECK(page->legs[0].call_control_id == "v3:a");
  CHECK(page->legs[0].client_state.empty());
  // Somebody's, whoever that is.
  CHECK_FALSE(page->legs[0].is_unclaimed);
  CHECK(page->legs[1].is_unclaimed);
  CHECK(page->legs[0].is_alive);
  CHECK_FALSE(page->legs[1].is_alive);
  CHECK(page->after == "next");
  CHECK(read_active_calls(R"({"data":[]})")->after.empty());
}

TEST_CASE("ids are percent-encoded in the paths of legs and lists") {
  CHECK(leg_path("v3:a/b") == "/calls/v3%3Aa%2Fb");
  CHECK(active_calls_path("1 2", "") == "/connections/1%202/active_calls?page%5Blimit%5D=250");
  CHECK(active_calls_path("1", "a=") ==
        "/connections/1/active_calls?page%5Blimit%5D=250&page%5Bafter%5D=a%3D");
}

TEST_CASE("a leg and a page cut at any byte are faults, never fewer legs") {
  const std::string one = R"({"data":{"call_control_id":"v3:a","is_alive":true}})";
  for (std::size_t cut = 0; cut < one.size(); ++cut) CHECK_FALSE(read_leg(one.substr(0, cut)));
  const std::string page =
      R"({"data":[{"call_control_id":"v3:a"},{"call_control_id":"v3:b"}],"meta":{"cursors":{"after":"n"}}})";
  for (std::size_t cut = 0; cut < page.size(); ++cut) CHECK_FALSE(read_active_calls(page.substr(0, cut)));
}
