#include "actors/call.hpp"

#include "tests/actors/call_fixture.hpp"

namespace tandem::test {

TEST_CASE_FIXTURE(call_fixture, "an announced call is answered with a stream of its own") {
  spawn(true);
  REQUIRE(commands("answer") == 1);
  auto command = carrier->last<carrier_command>();
  CHECK(command.carrier_call_id == "v3:a");
  CHECK(command.body.find("wss://voice.example.com/telnyx/media/token-of-n-1-1") != std::string::npos);
  CHECK(command.body.find("command_id") != std::string::npos);
  CHECK(last_record().state == call_state::ringing);
  CHECK(active() == 1);
}

TEST_CASE_FIXTURE(call_fixture, "a store that does not answer delays the answer by half a second at most") {
  records->hold<change_kept>();
  spawn(true);
  REQUIRE(records->count<keep_call>() == 1);
  // That half second passes on CAF's clock, whatever time it is on the loop.
  CHECK(soon([&] {
    host.run();
    return commands("answer") == 1;
  }));
  records->release<change_kept>();
  host.run();
  CHECK(commands("answer") == 1);
  CHECK(last_record().state == call_state::ringing);
}

TEST_CASE_FIXTURE(call_fixture, "a call lives from its stream's start to its hang-up and leaves nothing") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  CHECK(last_record().state == call_state::connected);
  CHECK(connector.peers.size() == 2);
  webhook(telnyx::webhook_type::call_hangup);
  host.run();
  CHECK(last_record().state == call_state::ended);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(stream->dropped);
  for (const auto& peer : connector.peers) CHECK(peer->dropped);
  CHECK(childless());
  CHECK(active() == 0);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(call_fixture, "a call that the engine ends is hung up at the carrier, once") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  tell(subject, end_call{std::string(end_reason::agent_hung_up)});
  tell(subject, end_call{std::string(end_reason::caller_silent)});
  webhook(telnyx::webhook_type::call_hangup);
  host.run();
  CHECK(commands("hangup") == 1);
  CHECK(last_record().end_reason == end_reason::agent_hung_up);
  CHECK(ended_records() == 1);
}

TEST_CASE_FIXTURE(call_fixture, "what a call uses is in the store every ten seconds of audio, for a crash") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  const auto told = records->count<call_changed>();
  tell(subject, usage_grew{{.stt_seconds = 9.9, .tts_characters = 40}});
  CHECK(records->count<call_changed>() == told);
  tell(subject, usage_grew{{.stt_seconds = 0.1}});
  CHECK(records->count<call_changed>() == told + 1);
  CHECK(last_record().usage.stt_seconds == doctest::Approx(10));
  CHECK(last_record().usage.tts_characters == 40);
  tell(subject, usage_grew{{.stt_seconds = 9.9}});
  CHECK(records->count<call_changed>() == told + 1);
}

TEST_CASE_FIXTURE(call_fixture, "a stream that never comes ends the call") {
  spawn(true);
  host.advance(settings.limits.stream_wait + 1s);
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(call_fixture, "a broken stream may come back in time") {
  settings.limits.stream_wait = 2s;
  spawn(true);
  auto first = attach();
  start(*first);
  first->close(0, "reset");
  host.advance(settings.limits.stream_wait - 1s);
  auto second = attach();
  start(*second);
  host.advance(settings.limits.stream_wait + 1s);
  REQUIRE(last_record().state == call_state::connected);
  second->close(0, "reset");
  host.advance(settings.limits.stream_wait + 1s);
  CHECK(last_record().end_reason == end_reason::no_media);
}

TEST_CASE_FIXTURE(call_fixture, "a stream on the fixed token names its call, and its stop ends it") {
  spawn(false);
  CHECK(commands("answer") == 0);
  auto stream = attach();
  start(*stream);
  CHECK(last_record().carrier_call_id == "v3:a");
  CHECK(node->last<identify_call>().carrier_call_id == "v3:a");
  stream->text(R"({"event":"stop","stream_id":"s"})");
  host.run();
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(call_fixture,
                  "a stream that names another call than its token is refused, and starts nothing") {
  spawn(true);
  host.advance(settings.limits.stream_wait - 1s);
  auto stranger = attach();
  start(*stranger, "v3:b");
  CHECK(stranger->closed_with == 1008);
  CHECK(measure.connection_failures(peer::telnyx, connection_failure::unauthorised).Value() == 1);
  CHECK(last_record().state == call_state::ringing);
  SUBCASE("its own may still come") {
    start(*attach());
    CHECK(last_record().state == call_state::connected);
  }
  SUBCASE("the wait for its own is not longer for it") {
    host.advance(2s);
    CHECK(last_record().end_reason == end_reason::no_media);
  }
  CHECK(commands("streaming_start") == 0);
}

TEST_CASE_FIXTURE(call_fixture, "a call whose stream a refused one has replaced asks for it again") {
  spawn(true);
  start(*attach());
  auto stranger = attach();
  start(*stranger, "v3:b");
  CHECK(stranger->closed_with == 1008);
  CHECK(last_record().state == call_state::connected);
  host.advance(1100ms);
  CHECK(commands("streaming_start") == 1);
  auto again = attach();
  start(*again);
  CHECK(again->closed_with == 0);
  CHECK(last_record().carrier_call_id == "v3:a");
}

TEST_CASE_FIXTURE(call_fixture, "a call ends at its time limit") {
  settings.limits.max_call = 3s;
  spawn(true);
  auto stream = attach();
  start(*stream);
  host.advance(2s);
  CHECK(last_record().state == call_state::connected);
  host.advance(2s);
  CHECK(last_record().end_reason == end_reason::max_duration);
}

TEST_CASE_FIXTURE(call_fixture, "a child that cannot live ends its call and is counted") {
  settings.agent.kind = "none such";
  spawn(true);
  attach();
  host.run();
  CHECK(last_record().end_reason == end_reason::internal_error);
  CHECK(measure.actor_failures(actor_kind::dialogue).Value() == 1);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(call_fixture, "an answer that the carrier refuses ends the call") {
  carrier->answer_with(command_outcome{false, "90015", "no such call"});
  spawn(true);
  CHECK(last_record().end_reason == end_reason::carrier_failed);
}

TEST_CASE_FIXTURE(call_fixture, "an answer to a caller who has gone ends the call as hung up") {
  carrier->answer_with(command_outcome{false, "90018", "Call has already ended"});
  spawn(true);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(call_fixture, "a stream that comes after the end is dropped") {
  spawn(true);
  webhook(telnyx::webhook_type::call_hangup);
  auto stream = attach();
  CHECK(stream->dropped);
  CHECK(connector.peers.empty());
}

TEST_CASE_FIXTURE(call_fixture, "a call that has gone deaf says so before it ends") {
  settings.turns.fallback_reply = "I cannot hear you. Goodbye.";
  spawn(true);
  auto stream = attach();
  start(*stream);
  auto voice = connector.peers.back();
  voice->open();
  host.run();
  tell(subject, provider_failed{peer::scribe, "quota_exceeded"});
  REQUIRE(!voice->sent.empty());
  CHECK(voice->sent.back().find("cannot hear you") != std::string::npos);
  CHECK(last_record().state == call_state::connected);
  host.advance(60s);
  CHECK(last_record().state == call_state::ended);
  CHECK(last_record().end_reason == end_reason::provider_failed);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(call_fixture,
                  "a call that has gone deaf and says nothing ends at once, and one without a voice") {
  for (const auto who : {peer::scribe, peer::speech}) {
    spawn(true);
    auto stream = attach();
    start(*stream);
    tell(subject, provider_failed{who, "quota_exceeded"});
    CHECK(last_record().end_reason == end_reason::provider_failed);
  }
}

TEST_CASE_FIXTURE(call_fixture, "whoever wishes not to be called again comes onto the list") {
  auto list = spawn_probe<actor_kind::campaigns, campaigns_actor>();
  shared.campaigns = list.handle;
  spawn(true);
  tell(subject, call_noted{"do_not_call", "false"}, call_noted{"colour", "true"});
  CHECK(list->count<bar_numbers>() == 0);
  tell(subject, call_noted{"do_not_call", "true"});
  REQUIRE(list->count<bar_numbers>() == 1);
  CHECK(list->last<bar_numbers>().numbers == std::vector<std::string>{"+13125550100"});
  CHECK(list->last<bar_numbers>().source == "n-1-1");
  shared.campaigns = campaigns_actor{};
}

}  // namespace tandem::test
