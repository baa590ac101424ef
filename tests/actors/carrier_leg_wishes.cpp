#include "tests/actors/carrier_leg_fixture.hpp"

namespace tandem::test {

TEST_CASE_FIXTURE(leg_fixture, "a sound is played to the caller, and the call goes on") {
  spawn(true);
  talk();
  CHECK(wish(call_wish::play, "https://example.com/a.mp3").accepted);
  REQUIRE(commands("playback_start") == 1);
  CHECK(last("playback_start").body.find(R"("audio_url":"https://example.com/a.mp3")") != std::string::npos);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a transfer that fails leaves the caller with the agent") {
  spawn(true);
  talk();
  wish(call_wish::transfer, "+13125550177");
  // Meanwhile the carrier stops the stream and the agent gives up.
  stream->text(R"({"event":"stop","stream_id":"s"})");
  host.advance(20s);
  CHECK(commands("streaming_start") == 0);
  CHECK(last_record().state == call_state::connected);
  event({.type = webhook_type::call_hangup, .call_control_id = "v3:far", .hangup_cause = "user_busy"},
        telnyx::leg_role::transfer);
  CHECK(noted("transfer_failed") == "user_busy");
  CHECK(commands("streaming_start") == 1);
  talk();
  CHECK(wish(call_wish::say, "I am here again.").accepted);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "an agent that falls silent during a transfer waits for how it comes out") {
  spawn(true);
  talk();
  wish(call_wish::transfer, "+13125550177");
  tell(subject, end_call{std::string(end_reason::caller_silent)});
  CHECK(last_record().state == call_state::connected);
  event({.type = webhook_type::call_hangup, .call_control_id = "v3:far", .hangup_cause = "timeout"},
        telnyx::leg_role::transfer);
  CHECK(last_record().end_reason == end_reason::caller_silent);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "what the API wants of a call is done only while somebody is on the line") {
  spawn(true);
  auto ruling = wish(call_wish::say, "hello");
  CHECK_FALSE(ruling.accepted);
  CHECK(ruling.state == call_state::ringing);
  CHECK_FALSE(wish(call_wish::press_keys, "12#").accepted);
  talk();
  CHECK(wish(call_wish::press_keys, "12#").accepted);
  CHECK(last("send_dtmf").body.find(R"("digits":"12#")") != std::string::npos);
  CHECK(wish(call_wish::hang_up).accepted);
  CHECK(last_record().end_reason == end_reason::api_hung_up);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "a call on the fixed token can be talked on and ended, and no more") {
  spawn(false);
  talk();
  CHECK(wish(call_wish::say, "hello").accepted);
  CHECK_FALSE(wish(call_wish::transfer, "+13125550177").accepted);
  CHECK_FALSE(wish(call_wish::press_keys, "1").accepted);
  CHECK(wish(call_wish::hang_up).accepted);
}

TEST_CASE_FIXTURE(leg_fixture, "a call whose voice is dead says goodbye with the carrier's") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  tell(subject, provider_failed{peer::speech, "quota_exceeded"});
  REQUIRE(commands("streaming_stop") == 1);
  REQUIRE(commands("speak") == 1);
  CHECK(last("speak").body.find("Please call again later.") != std::string::npos);
  stream->text(R"({"event":"stop","stream_id":"s"})");
  host.advance(20s);
  CHECK(last_record().state == call_state::connected);
  CHECK(commands("streaming_start") == 0);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a call whose voice is dead before its stream has begun says goodbye as well") {
  settings.turns.fallback_reply = "Bitte rufen Sie wieder an.";
  settings.scribe.language = "de";
  spawn(true);
  stream = attach();
  tell(subject, provider_failed{peer::speech, "the circuit is open"});
  REQUIRE(commands("speak") == 1);
  CHECK(last("speak").body.find(R"("language":"de-DE")") != std::string::npos);
  start(*stream);
  host.advance(20s);
  CHECK(last_record().state != call_state::ended);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that can neither speak nor hear says its goodbye to the end, once") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  tell(subject, provider_failed{peer::speech, "no connection"});
  tell(subject, provider_failed{peer::scribe, "no session in time"});
  tell(subject, end_call{std::string(end_reason::provider_failed)});
  CHECK(last_record().state == call_state::connected);
  CHECK(commands("speak") == 1);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a provider that fails during a transfer does not end it") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  wish(call_wish::transfer, "+13125550177");
  tell(subject, provider_failed{peer::scribe, "no session in time"});
  tell(subject, provider_failed{peer::speech, "quota_exceeded"});
  host.advance(20s);
  CHECK(last_record().state == call_state::connected);
  CHECK(commands("speak") == 0);
  event({.type = webhook_type::call_hangup, .call_control_id = "v3:far", .hangup_cause = "user_busy"},
        telnyx::leg_role::transfer);
  CHECK(commands("speak") == 1);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a carrier that never says it has spoken does not keep the call") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  tell(subject, provider_failed{peer::speech, "quota_exceeded"});
  host.advance(60s);
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a leg that was found is the call's once our answer is accepted") {
  find();
  CHECK(commands("answer") == 1);
  CHECK(last_record().from.empty());
  talk();
  CHECK(last_record().from == "+13125550100");
  CHECK(last_record().to == "+13125550142");
  CHECK(wish(call_wish::hang_up).accepted);
  CHECK(commands("hangup") == 1);
  CHECK(last_record().end_reason == end_reason::api_hung_up);
}

TEST_CASE_FIXTURE(leg_fixture, "a leg that was found and refuses our answer is left alone") {
  carrier->answer_with(command_outcome{false, "90102", "Answer is not allowed on an outbound call"});
  find();
  CHECK(last_record().end_reason == end_reason::carrier_failed);
  CHECK(commands("answer") == 1);
  CHECK(carrier->count<carrier_command>() == 1);
  CHECK(node->count<leg_settled>() == 1);
}

}  // namespace tandem::test
