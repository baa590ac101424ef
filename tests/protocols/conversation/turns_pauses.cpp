#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

/// A call in which nobody has said anything yet.
rehearsal listening(turns::settings rules = {}) {
  rehearsal call(std::move(rules));
  call.tell(call_connected{});
  return call;
}

bool pauses(const rehearsal& call) { return call.talk.turns().pauses(); }

}  // namespace

TEST_CASE("a call in which nobody speaks pauses, also before it has begun") {
  rehearsal call;
  CHECK(pauses(call));
  call.tell(call_connected{});
  CHECK(pauses(call));
}

TEST_CASE("a caller who speaks, or may go on, is no pause until their words are answered") {
  auto call = listening();
  call.tell(voice_started{call.now});
  CHECK_FALSE(pauses(call));
  call.wait(600ms);
  call.tell(partial_transcript{"a table"}, voice_ended{call.now});
  CHECK_FALSE(pauses(call));
  call.wait(300ms);
  REQUIRE(call.count("commit") == 1);
  CHECK_FALSE(pauses(call));
  call.tell(utterance_committed{"a table"});
  CHECK_FALSE(pauses(call));
  call.wait(500ms);
  REQUIRE(call.state() == "thinking");
  CHECK_FALSE(pauses(call));
  call.tell(agent_sentence{1, "For how many?"}, agent_finished{1, next::listen});
  CHECK_FALSE(pauses(call));
  call.tell(speech_started{1});
  CHECK_FALSE(pauses(call));
  call.tell(speech_finished{1});
  CHECK(pauses(call));
}

TEST_CASE("a reply that is paused is no pause of the call") {
  auto call = listening();
  call.converse(1, "a table", "For how many people shall it be?");
  call.tell(voice_started{call.now});
  call.wait(250ms);
  REQUIRE(call.state() == "paused");
  CHECK_FALSE(pauses(call));
}

TEST_CASE("an agent that is asked early, and keys that are entered, are no pause") {
  turns::settings rules;
  rules.preemptive = true;
  auto call = listening(rules);
  SUBCASE("early") {
    call.tell(voice_started{call.now}, partial_transcript{"a table, please."}, voice_ended{call.now});
    call.wait(200ms);
    REQUIRE(call.talk.turns().early() != nullptr);
  }
  SUBCASE("keys") { call.tell(key_pressed{'4'}); }
  CHECK_FALSE(pauses(call));
}

TEST_CASE("a call on hold pauses, whatever is heard meanwhile, but not what is said to it") {
  auto call = listening();
  call.tell(hold_call{.by = holder::api, .sound = "https://example.com/a.mp3"});
  CHECK(pauses(call));
  call.tell(voice_started{call.now}, partial_transcript{"hello?"});
  CHECK(pauses(call));
  call.tell(say{"One moment."});
  CHECK_FALSE(pauses(call));
}

TEST_CASE("a caller who talks to somebody else pauses, and a call that is over does not") {
  auto call = listening();
  call.say("let me talk to somebody");
  call.tell(agent_finished{1, {next::transfer, "+13125550177"}});
  REQUIRE(call.state() == "away");
  CHECK(pauses(call));
  call.tell(call_ended{});
  CHECK_FALSE(pauses(call));
}
