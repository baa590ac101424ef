#include "protocols/telnyx/carrier_control.hpp"

#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/leg_commands.hpp"
#include "protocols/telnyx/leg_events.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::telnyx;

TEST_CASE("the path of a command comes back as leg and action") {
  const auto target = carrier::read_command_path("/v2" + command_path("v3:a/b c", "streaming_start"));
  REQUIRE(target.has_value());
  CHECK(target->call_control_id == "v3:a/b c");
  CHECK(target->action == "streaming_start");
}

TEST_CASE("other paths are no commands") {
  for (const auto path :
       {"", "/", "/v2/calls", "/v2/calls/x", "/v2/calls/x/actions", "/v2/calls/x/actions/",
        "/v2/calls//actions/answer", "/v2/calls/%4/actions/answer", "/v2/calls/x/actions/a/b"}) {
    CAPTURE(path);
    CHECK_FALSE(carrier::read_command_path(path));
  }
}

TEST_CASE("an answer comes back with every member of its stream") {
  const auto read = carrier::read_command(answer_body(
      {.stream_url = "ws://x/y", .codec = codec::pcma, .client_state = "state\n", .command_id = "id"}));
  REQUIRE(read.has_value());
  CHECK(read->stream_url == "ws://x/y");
  CHECK(read->stream_track == "inbound_track");
  CHECK(read->stream_codec == "PCMA");
  CHECK(read->bidirectional_mode == "rtp");
  CHECK(read->bidirectional_codec == "PCMA");
  CHECK(read->bidirectional_sampling_rate == 8000);
  CHECK(read->target_legs == "self");
  CHECK(read->send_silence_when_idle);
  CHECK(read->client_state == "state\n");
  CHECK(read->command_id == "id");
}

TEST_CASE("a stream started later comes back with rate, token and parameters") {
  const parameter parameters[] = {{"k", "v"}};
  const auto read = carrier::read_command(streaming_start_body(
      {.stream_url = "ws://x", .codec = codec::l16, .auth_token = "t", .parameters = parameters}));
  REQUIRE(read.has_value());
  CHECK(read->bidirectional_sampling_rate == 16000);
  CHECK(read->auth_token == "t");
  REQUIRE(read->custom_parameters.size() == 1);
  CHECK(read->custom_parameters[0] == std::pair<std::string, std::string>("k", "v"));
  CHECK_FALSE(read->send_silence_when_idle);
}

TEST_CASE("reject and hangup come back, and a body may be empty") {
  CHECK(carrier::read_command(reject_body("USER_BUSY", "id"))->cause == "USER_BUSY");
  CHECK(carrier::read_command(streaming_stop_body("s", "id"))->stream_id == "s");
  CHECK(carrier::read_command(hangup_body("id"))->command_id == "id");
  CHECK(carrier::read_command("")->command_id.empty());
}

TEST_CASE("the carrier understands what the engine wants of a leg that is up") {
  const auto transfer = carrier::read_command(transfer_body(
      {.to = "+13125550142", .timeout_seconds = 20, .target_leg_client_state = "far", .command_id = "id"}));
  REQUIRE(transfer);
  CHECK(transfer->to == "+13125550142");
  CHECK(transfer->timeout_seconds == 20);
  CHECK(transfer->target_leg_client_state == "far");
  CHECK(carrier::read_command(bridge_body("v3:other", "id"))->call_control_id == "v3:other");
  CHECK(carrier::read_command(send_dtmf_body("12#", 0, "id"))->digits == "12#");
  CHECK(carrier::read_command(speak_body({.text = "bye", .command_id = "id"}))->payload == "bye");
  CHECK(carrier::read_command(playback_start_body("https://x/a", "id"))->audio_url == "https://x/a");
  CHECK(carrier::read_command(client_state_update_body("state"))->client_state == "state");
  for (const auto& body : {streaming_stop_body("", "id"), playback_stop_body("id"),
                           record_start_body(0, "id"), record_stop_body("id")})
    CHECK(carrier::read_command(body)->command_id == "id");
}

TEST_CASE("a command that Telnyx would refuse is a fault") {
  CHECK(carrier::read_command(R"({"client_state":"hello"})").error() == json::fault::bad_base64);
  CHECK(carrier::read_command(R"({"stream_bidirectional_sampling_rate":0})").error() ==
        json::fault::bad_field);
  CHECK(carrier::read_command("{").error() == json::fault::syntax);
  CHECK(carrier::read_command("[]").error() == json::fault::not_an_object);
}

TEST_CASE("the engine understands the carrier's answers") {
  CHECK(meaning_of("answer", read_answer(200, carrier::accepted_body())) == command_meaning::done);
  const auto refused =
      read_answer(422, carrier::refused_body("90018", "Call has already ended", "a \"detail\""));
  CHECK(refused.code == "90018");
  CHECK(refused.title == "Call has already ended");
  CHECK(refused.detail == "a \"detail\"");
}

TEST_CASE("a webhook comes back with every member") {
  webhook sent;
  sent.id = "1";
  sent.type = webhook_type::call_hangup;
  sent.occurred_at = "2026-05-01T10:00:00.123456Z";
  sent.attempt = 3;
  sent.client_state = "hello";
  int members = 0;
  for (auto* member : {&sent.call_control_id, &sent.call_leg_id, &sent.call_session_id, &sent.connection_id,
                       &sent.from, &sent.to, &sent.direction, &sent.state, &sent.hangup_cause,
                       &sent.hangup_source, &sent.sip_hangup_cause, &sent.stream_id, &sent.stream_url,
                       &sent.failure_reason, &sent.digit, &sent.result}) {
    *member = "value " + std::to_string(++members);
  }
  const auto read = read_webhook(carrier::webhook_body(sent));
  REQUIRE(read.has_value());
  CHECK(read->id == sent.id);
  CHECK(read->type == sent.type);
  CHECK(read->event_type == "call.hangup");
  CHECK(read->occurred_at == sent.occurred_at);
  CHECK(read->attempt == 3);
  CHECK(read->client_state == "hello");
  CHECK(read->call_control_id == sent.call_control_id);
  CHECK(read->call_leg_id == sent.call_leg_id);
  CHECK(read->call_session_id == sent.call_session_id);
  CHECK(read->connection_id == sent.connection_id);
  CHECK(read->from == sent.from);
  CHECK(read->to == sent.to);
  CHECK(read->direction == sent.direction);
  CHECK(read->state == sent.state);
  CHECK(read->hangup_cause == sent.hangup_cause);
  CHECK(read->hangup_source == sent.hangup_source);
  CHECK(read->sip_hangup_cause == sent.sip_hangup_cause);
  CHECK(read->stream_id == sent.stream_id);
  CHECK(read->stream_url == sent.stream_url);
  CHECK(read->failure_reason == sent.failure_reason);
  CHECK(read->digit == sent.digit);
  CHECK(read->result == sent.result);
}

TEST_CASE("a webhook of a kind without a number goes by its name") {
  webhook sent;
  sent.id = "2";
  sent.event_type = "call.speak.ended";
  const auto read = read_webhook(carrier::webhook_body(sent));
  REQUIRE(read.has_value());
  CHECK(read->event_type == "call.speak.ended");
  CHECK(read->client_state.empty());
}

TEST_CASE("a command cut at any byte is a fault, never a smaller command") {
  const auto whole = answer_body({.stream_url = "wss://x", .client_state = "s", .command_id = "id"});
  REQUIRE(carrier::read_command(whole));
  for (std::size_t cut = 1; cut < whole.size(); ++cut)
    CHECK_FALSE(carrier::read_command(whole.substr(0, cut)));
}

TEST_CASE("a list of a leg's events comes back with what its webhook said") {
  webhook event;
  event.id = "1";
  event.type = webhook_type::call_initiated;
  event.direction = "incoming";
  event.from = "+1";
  event.to = "+2";
  std::vector<carrier::listed_event> events{{"call.initiated", "webhook", carrier::webhook_body(event)}};
  const auto parked = read_leg_events(carrier::call_events_body("a", events), "a");
  REQUIRE(parked);
  CHECK(parked->direction == "incoming");
  CHECK(parked->from == "+1");
  CHECK(parked->to == "+2");
  CHECK_FALSE(parked->is_handled);
  events.push_back({"answer", "command", "{}"});
  CHECK(read_leg_events(carrier::call_events_body("a", events), "a")->is_handled);
  CHECK_FALSE(read_leg_events(carrier::call_events_body("a", {}), "a")->is_handled);
}

TEST_CASE("lists have every member that Telnyx' clients want") {
  CHECK(
      carrier::active_calls_body(std::vector<carrier::listed_leg>{{"v3:a", "state", 7}}, "v3:a") ==
      R"({"data":[{"record_type":"call","call_control_id":"v3:a","call_leg_id":"v3:a","call_session_id":"v3:a",)"
      R"("client_state":"c3RhdGU=","call_duration":7}],"meta":{"cursors":{"after":"v3:a"}}})");
  const std::vector<carrier::listed_event> events{{"answer", "command", "{}", "2026-05-01T10:00:00.000Z"}};
  CHECK(carrier::call_events_body("a", events) ==
        R"({"data":[{"record_type":"call_event","call_leg_id":"a","call_session_id":"a","name":"answer",)"
        R"("type":"command","event_timestamp":"2026-05-01T10:00:00.000Z","metadata":{}}],)"
        R"("meta":{"page_number":1,"page_size":1,"total_pages":1,"total_results":1}})");
}
