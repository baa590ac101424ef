#include "protocols/telnyx/webhook.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::telnyx;

namespace {

constexpr std::string_view initiated = R"({
  "data": {"record_type":"event","event_type":"call.initiated","id":"0f1e","occurred_at":"2026-05-01T10:00:00.123456Z",
    "payload":{"call_control_id":"v3:x","connection_id":"17","call_leg_id":"leg","call_session_id":"session",
      "client_state":null,"from":"+1312","to":"+1313","direction":"incoming","state":"parked","tags":[]}},
  "meta":{"attempt":2,"delivered_to":"https://example.com"}})";

constexpr std::string_view hangup = R"({"data":{"event_type":"call.hangup","id":"2","payload":{
  "call_control_id":"v3:x","client_state":"aGVsbG8=","hangup_cause":"originator_cancel","hangup_source":"caller",
  "sip_hangup_cause":"487","state":"hangup","call_quality_stats":null}}})";

json::fault fault_of(std::string_view body) {
  const auto event = read_webhook(std::string(body));
  return event ? json::fault::none : event.error();
}

}  // namespace

TEST_CASE("an incoming call says who calls whom on which leg") {
  const auto event = read_webhook(std::string(initiated));
  REQUIRE(event.has_value());
  CHECK(event->id == "0f1e");
  CHECK(event->event_type == "call.initiated");
  CHECK(event->type == webhook_type::call_initiated);
  CHECK(event->occurred_at == "2026-05-01T10:00:00.123456Z");
  CHECK(event->attempt == 2);
  CHECK(event->call_control_id == "v3:x");
  CHECK(event->connection_id == "17");
  CHECK(event->call_leg_id == "leg");
  CHECK(event->call_session_id == "session");
  CHECK(event->client_state.empty());
  CHECK(event->from == "+1312");
  CHECK(event->to == "+1313");
  CHECK(event->direction == "incoming");
  CHECK(event->state == "parked");
}

TEST_CASE("a hangup says why, by whom and with what we gave the leg") {
  const auto event = read_webhook(std::string(hangup));
  REQUIRE(event.has_value());
  CHECK(event->type == webhook_type::call_hangup);
  CHECK(event->hangup_cause == "originator_cancel");
  CHECK(event->hangup_source == "caller");
  CHECK(event->sip_hangup_cause == "487");
  CHECK(event->client_state == "hello");
  CHECK(event->attempt == 1);
}

TEST_CASE("streaming events have no prefix and no numbers of the parties") {
  const auto event = read_webhook(
      R"({"data":{"event_type":"streaming.failed","id":"3","payload":{"call_control_id":"v3:x","stream_id":"s",)"
      R"("failure_reason":"connection_failed","stream_type":"websocket","stream_params":{"stream_url":"wss://x"}}}})");
  REQUIRE(event.has_value());
  CHECK(event->type == webhook_type::streaming_failed);
  CHECK(event->failure_reason == "connection_failed");
  CHECK(event->stream_id == "s");
  CHECK(event->from.empty());
}

TEST_CASE("digits and verdicts are read where they come") {
  CHECK(read_webhook(R"({"data":{"event_type":"call.dtmf.received","id":"4","payload":{"digit":"#"}}})")
            ->digit == "#");
  CHECK(read_webhook(
            R"({"data":{"event_type":"call.machine.detection.ended","id":"5","payload":{"result":"human"}}})")
            ->result == "human");
}

TEST_CASE("an event of a kind we do not know keeps its name") {
  const auto event = read_webhook(R"({"data":{"event_type":"call.conversation.ended","id":"6"}})");
  REQUIRE(event.has_value());
  CHECK(event->type == webhook_type::other);
  CHECK(event->event_type == "call.conversation.ended");
  CHECK(event->call_control_id.empty());
}

TEST_CASE("a client state that is not base64 is none of ours") {
  const auto event =
      read_webhook(R"({"data":{"event_type":"x","id":"7","payload":{"client_state":"hello"}}})");
  REQUIRE(event.has_value());
  CHECK(event->client_state.empty());
}

TEST_CASE("an attempt that is no count is the first, or as many as can be counted") {
  const auto attempt = [](std::string value) {
    return read_webhook(R"({"data":{"event_type":"x","id":"8"},"meta":{"attempt":)" + value + "}}")->attempt;
  };
  CHECK(attempt("-3") == 1);
  CHECK(attempt("\"2\"") == 2);
  CHECK(attempt("null") == 1);
  CHECK(attempt("9223372036854775807") == 4294967295U);
}

TEST_CASE("what is no event of version 2 is refused") {
  for (const auto body :
       {R"({})", R"({"data":null})", R"({"data":[]})", R"({"data":{"id":"1"}})",
        R"({"data":{"event_type":"x"}})", R"({"data":{"event_type":"x","id":""}})",
        R"({"data":{"event_type":1,"id":"1"}})", R"({"event_type":"x","id":"1","payload":{}})"}) {
    CAPTURE(body);
    CHECK(fault_of(body) == json::fault::bad_field);
  }
  CHECK(fault_of("") == json::fault::syntax);
  CHECK(fault_of("[]") == json::fault::not_an_object);
  CHECK(fault_of(std::string(1 << 20, '[')) == json::fault::too_deep);
  CHECK(fault_of(std::string((1 << 20) + 1, ' ')) == json::fault::too_large);
}

TEST_CASE("a webhook cut at any byte is a fault") {
  for (const auto whole : {initiated, hangup}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      CHECK(fault_of(whole.substr(0, cut)) == json::fault::syntax);
    }
  }
}

TEST_CASE("a leg that is answered, streams or is spoken to is up") {
  using enum webhook_type;
  for (const auto type :
       {call_answered, streaming_started, streaming_failed, call_dtmf_received, call_machine_detection_ended,
        call_machine_premium_detection_ended, call_machine_greeting_ended,
        call_machine_premium_greeting_ended, call_hold, call_unhold}) {
    CHECK(shows_life(type));
  }
  for (const auto type : {other, call_initiated, call_hangup, streaming_stopped, call_cost}) {
    CHECK_FALSE(shows_life(type));
  }
}

TEST_CASE("every kind has a name of its own and comes back by it") {
  for (int i = 1; i <= static_cast<int>(webhook_type::call_refer_failed); ++i) {
    const auto type = static_cast<webhook_type>(i);
    CHECK(to_string(type) != "other");
    CHECK(webhook_type_of(to_string(type)) == type);
  }
  CHECK(webhook_type_of("other") == webhook_type::other);
  CHECK(webhook_type_of("streaming.stopped") == webhook_type::streaming_stopped);
}
