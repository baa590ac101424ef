#include "tests/actors/carrier_leg_fixture.hpp"

namespace tandem::test {

TEST_CASE_FIXTURE(leg_fixture, "a stream that is lost while the leg is up is asked for again") {
  settings.limits.media_wait = 60s;
  spawn(true);
  talk();
  stream->close(0, "reset");
  host.advance(900ms);
  CHECK(commands("streaming_start") == 0);
  host.advance(200ms);
  REQUIRE(commands("streaming_start") == 1);
  CHECK(last("streaming_start").body.find("wss://voice.example.com/telnyx/media/token-of-n-1-1") !=
        std::string::npos);
  CHECK(measure.reconnects(peer::telnyx).Value() == 0);
  talk();
  host.advance(8s);
  CHECK(commands("streaming_start") == 1);
  CHECK(measure.reconnects(peer::telnyx).Value() == 1);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a stream that fails before it begins is asked for again") {
  settings.limits.media_wait = 60s;
  spawn(true);
  event({.type = webhook_type::call_answered});
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  host.advance(1100ms);
  CHECK(commands("streaming_start") == 1);
  // That one fails as well.
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  host.advance(2100ms);
  CHECK(commands("streaming_start") == 2);
  talk();
  // The failure of a former stream is late.
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  host.advance(9s);
  CHECK(commands("streaming_start") == 2);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a stream that is asked for before the answer is asked for again at the answer") {
  settings.limits.media_wait = 60s;
  place();
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  carrier->answer_with(command_outcome{false, "90034", "Call not answered yet"});
  host.advance(1100ms);
  REQUIRE(commands("streaming_start") == 1);
  host.advance(20s);
  CHECK(commands("streaming_start") == 1);
  CHECK(last_record().state == call_state::ringing);
  carrier->answer_with(command_outcome{.accepted = true});
  event({.type = webhook_type::call_answered});
  CHECK(commands("streaming_start") == 2);
  talk();
  host.advance(8s);
  CHECK(commands("streaming_start") == 2);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a stream that never lasts is not asked for without end") {
  settings.limits.stream_wait = 60s;
  settings.limits.lifeless = 24h;
  settings.turns.silence = 24h;
  spawn(true);
  talk();
  for (int i = 0; i < 20 && last_record().state != call_state::ended; ++i) {
    stream = attach();
    start(*stream);
    if (stream->events != nullptr) stream->close(0, "reset");
    host.advance(9s);
  }
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(commands("streaming_start") >= 4);
  CHECK(commands("streaming_start") <= 6);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a stream that has broken and whose failure is told as well is asked for once") {
  spawn(true);
  talk();
  stream->close(0, "reset");
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  host.advance(1100ms);
  CHECK(commands("streaming_start") == 1);
  talk();
  CHECK(commands("streaming_start") == 1);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a leg whose old stream is in the way has it stopped, and is streamed to again") {
  settings.limits.media_wait = 60s;
  spawn(true);
  talk();
  carrier->answer_with(command_outcome{false, "90045", "Media streaming is in use"});
  carrier->hold<command_outcome>();
  stream->close(0, "reset");
  host.advance(1100ms);
  carrier->answer_with(command_outcome{.accepted = true});
  carrier->release<command_outcome>();
  host.run();
  CHECK(commands("streaming_start") == 1);
  REQUIRE(commands("streaming_stop") == 1);
  event({.type = webhook_type::streaming_stopped, .stream_url = "wss://elsewhere"});
  REQUIRE(commands("streaming_start") == 2);
  talk();
  // Told late and twice, of the old one.
  event({.type = webhook_type::streaming_stopped, .stream_url = "wss://elsewhere"});
  event({.type = webhook_type::streaming_stopped, .stream_url = "wss://elsewhere"});
  host.advance(9s);
  CHECK(commands("streaming_start") == 2);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a stream that is open and silent gives way to another one") {
  spawn(true);
  talk();
  host.advance(3s);
  CHECK(commands("streaming_start") == 0);
  host.advance(1s);
  REQUIRE(commands("streaming_start") == 1);
  const auto former = stream;
  talk();
  CHECK(former->closed_with == 1000);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a leg that ends while a stream is asked for is hung up by nobody") {
  spawn(true);
  talk();
  stream->close(0, "reset");
  host.advance(1100ms);
  REQUIRE(commands("streaming_start") == 1);
  hangup("normal_clearing");
  host.advance(60s);
  CHECK(commands("streaming_start") == 1);
  CHECK(commands("streaming_stop") == 0);
  CHECK(commands("hangup") == 0);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
}

TEST_CASE_FIXTURE(leg_fixture, "a carrier that has no stream is told of in the call's metadata") {
  spawn(true);
  talk();
  carrier->answer_with(command_outcome{false, "10004", "Missing required parameter"});
  stream->close(0, "reset");
  host.advance(60s);
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(noted("stream_failed") == "10004");
}

TEST_CASE_FIXTURE(leg_fixture, "a caller who hangs up is not streamed to again") {
  spawn(true);
  talk();
  stream->text(R"({"event":"stop","stream_id":"s"})");
  hangup("normal_clearing");
  host.advance(60s);
  CHECK(commands("streaming_start") == 0);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a transferred call ends without a hang-up, and its leg is labelled as released") {
  spawn(true);
  talk();
  CHECK(wish(call_wish::transfer, "+13125550177").accepted);
  REQUIRE(commands("transfer") == 1);
  CHECK(last("transfer").body.find(R"("to":"+13125550177")") != std::string::npos);
  CHECK_FALSE(wish(call_wish::say, "hello").accepted);
  event({.type = webhook_type::call_initiated, .call_control_id = "v3:far", .direction = "outgoing"},
        telnyx::leg_role::transfer);
  event({.type = webhook_type::call_bridged, .call_control_id = "v3:far"}, telnyx::leg_role::transfer);
  event({.type = webhook_type::call_bridged});
  CHECK(last_record().end_reason == end_reason::transferred);
  CHECK(commands("hangup") == 0);
  CHECK(commands("client_state_update") == 1);
  CHECK(node->count<leg_settled>() == 1);
}

}  // namespace tandem::test
