#include "protocols/conversation/turns.hpp"
#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

rehearsal connected(settings rules = {}) {
  rehearsal call(std::move(rules));
  call.tell(call_connected{});
  return call;
}

lines press(rehearsal& call, std::string_view keys) {
  const auto before = call.log.size();
  for (const char key : keys) call.tell(key_pressed{key});
  return {call.log.begin() + static_cast<std::ptrdiff_t>(before), call.log.end()};
}

/// The agent's reply, turn 1, goes to somebody else and is audible.
rehearsal transferring() {
  auto call = connected();
  call.say("the cook please");
  call.tell(agent_sentence{1, "One moment."}, agent_finished{1, next::transfer, "+1555", {}},
            speech_started{1});
  call.log.clear();
  return call;
}

}  // namespace

// ---- keys ----

TEST_CASE("keys are asked about when their entry is complete, and are the caller's turn") {
  auto call = connected();
  CHECK(press(call, "12").empty());
  CHECK(call.wait(1999ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 1 about keys: 12"});
  call.tell(agent_sentence{1, "Thank you."}, agent_finished{1});
  CHECK(call.tell(speech_started{1}) == lines{"caller 1: [pressed 12] [0-0]"});
  REQUIRE(call.talk.history().size() == 1);
  CHECK(call.talk.history().front().text == "[pressed 12]");
}

TEST_CASE("the finishing key ends the wait") {
  auto call = connected();
  CHECK(press(call, "12#") == lines{"ask 1 about keys: 12"});
}

TEST_CASE("a key interrupts the agent at once, and what was not heard does not count as said") {
  auto call = connected();
  call.converse(1, "hello", "Press one for a table, two for the menu.");
  call.wait(500ms);
  CHECK(press(call, "1") == lines{"pause 1 since 2100", "stop 1"});
  call.tell(speech_interrupted{1, "Press one for a table,"});
  CHECK(call.log.back().find("/ heard: Press one for a table, / interrupted") != std::string::npos);
  CHECK(call.wait(2000ms) == lines{"ask 2 about keys: 1"});
}

TEST_CASE("without barge-in keys wait for the end of the reply") {
  settings rules;
  rules.barge_in = false;
  auto call = connected(rules);
  call.converse(1, "hello", "Press one.");
  CHECK(press(call, "1#").empty());
  call.log.clear();
  CHECK(call.tell(speech_finished{1}).back() == "ask 2 about keys: 1");
}

TEST_CASE("what the caller says does not withdraw the answer to their keys") {
  auto call = connected();
  press(call, "1#");
  CHECK(call.voice(500ms).empty());
  call.tell(partial_transcript{"and a chair"});
  CHECK(call.state() == "thinking");
  CHECK(call.count("cancel 1 unheard") == 0);
}

TEST_CASE("a caller who presses keys is not silent") {
  settings rules;
  rules.silence = 3s;
  auto call = connected(rules);
  call.wait(2500ms);
  press(call, "1");
  CHECK(call.wait(1999ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 1 about keys: 1"});
}

TEST_CASE("the agent says how the keys are entered that it asks for") {
  auto call = connected();
  call.say("my number");
  call.tell(agent_sentence{1, "Enter it."}, agent_finished{1, next::listen, {}, key_rules{4, "*", 5s}},
            speech_started{1}, speech_finished{1});
  CHECK(press(call, "12#4").back() == "ask 2 about keys: 12#4");
}

TEST_CASE("keys that were being entered when the call ends are on record") {
  auto call = connected();
  press(call, "12");
  CHECK(call.tell(call_ended{}) == lines{"caller 1: [pressed 12] [0-0]"});
}

TEST_CASE("a conversation with keys half entered goes on identically from its value") {
  auto call = connected();
  press(call, "12");
  auto again = conversation::from_json(call.talk.to_json(call.now), call.now);
  REQUIRE_MESSAGE(again, again.error());
  rehearsal other;
  other.now = call.now;
  other.talk = *again;
  CHECK(press(other, "#") == press(call, "#"));
}

// ---- transfers ----

TEST_CASE("a transfer waits until its announcement was heard") {
  auto call = transferring();
  CHECK(call.state() == "speaking");
  CHECK(call.tell(speech_finished{1}).back() == "transfer to +1555");
  CHECK(call.state() == "away");
}

TEST_CASE("a transfer whose announcement never ends is made at its deadline") {
  auto call = transferring();
  CHECK(call.wait(8s).empty());
  // It has as long as its text takes to say, on top.
  CHECK(call.wait(2s) == lines{"stop 1"});
  CHECK(call.state() == "stopping");
  CHECK(call.wait(1s).back() == "transfer to +1555");
  CHECK(call.state() == "away");
}

TEST_CASE("a caller who speaks during the announcement is not transferred") {
  auto call = transferring();
  call.tell(voice_started{call.now}, partial_transcript{"no wait"});
  call.tell(speech_interrupted{1, "One"});
  CHECK(call.count("transfer to +1555") == 0);
  CHECK(call.state() == "listening");
}

TEST_CASE("what is said to somebody else is not for the agent") {
  auto call = transferring();
  call.tell(speech_finished{1});
  call.log.clear();
  call.say("hello cook");
  CHECK(call.count("ask 2: hello cook") == 0);
  CHECK(call.state() == "away");
}

TEST_CASE("the agent is told of a transfer that nobody took") {
  auto call = transferring();
  call.tell(speech_finished{1});
  CHECK(call.tell(turns::transfer_failed{}) == lines{"ask 2 about transfer_failed"});
  CHECK(call.tell(agent_sentence{2, "Nobody is there."}, agent_finished{2}, speech_started{2},
                  speech_finished{2})
            .back()
            .find("agent 3: Nobody is there.") == 0);
  CHECK(call.state() == "listening");
  CHECK(call.count("caller 3: ") == 0);
}

TEST_CASE("a caller who speaks when nobody took the transfer is answered next") {
  auto call = transferring();
  call.tell(speech_finished{1}, turns::transfer_failed{});
  call.say("hello");
  CHECK(call.state() == "thinking");
  call.tell(agent_sentence{2, "Nobody is there."}, agent_finished{2}, speech_started{2});
  CHECK(call.tell(speech_interrupted{2, ""}).back() == "ask 3: hello");
}

TEST_CASE("nobody is away for ever") {
  auto call = transferring();
  call.tell(speech_finished{1});
  call.wait(2min);
  CHECK(call.state() == "listening");
  CHECK(call.wait(30s) == lines{"hang up: caller_silent"});
}

// ---- agents that need time ----

TEST_CASE("an agent that says it is busy has so much longer") {
  auto call = connected();
  call.say("hello");
  call.tell(agent_sentence{1, "One moment."}, agent_busy{1, 5s}, speech_started{1},
            speech_heard{1, "One moment."});
  CHECK(call.wait(12'900ms).empty());
  CHECK(call.state() == "speaking");
  call.tell(agent_sentence{1, "Here it is."}, agent_finished{1}, speech_finished{1});
  CHECK(call.state() == "listening");
}

TEST_CASE("an agent that stays busy is given up in the end") {
  settings rules;
  rules.fallback_reply = "Sorry.";
  auto call = connected(rules);
  call.say("hello");
  call.tell(agent_busy{1, 24h});
  CHECK(call.wait(67s).empty());
  CHECK(call.wait(2s) == lines{"cancel 1 unheard", "speak 1: Sorry. (last)"});
}

// ---- beginnings and silences ----

TEST_CASE("an agent that greets is asked what to say first, unless there is a greeting") {
  settings rules;
  rules.agent_greets = true;
  rehearsal call(rules);
  CHECK(call.tell(call_connected{}) == lines{"ask 1 about start"});
  CHECK(call.tell(agent_sentence{1, "Welcome."}, agent_finished{1}).front() == "speak 1: Welcome.");
  rules.greeting = "Good day.";
  rehearsal other(rules);
  CHECK(other.tell(call_connected{}) == lines{"speak 1: Good day. (last)"});
}

TEST_CASE("a caller who speaks before the agent's greeting is heard") {
  settings rules;
  rules.agent_greets = true;
  auto call = connected(rules);
  call.tell(partial_transcript{"hello"});
  CHECK(call.count("cancel 1 unheard") == 1);
  CHECK(call.state() == "listening");
}

TEST_CASE("a silent caller is spoken to once, and the call ends when they stay silent") {
  settings rules;
  rules.silence = 30s;
  rules.silence_prompt = 15s;
  auto call = connected(rules);
  CHECK(call.wait(15s) == lines{"ask 1 about silence"});
  call.tell(agent_sentence{1, "Are you there?"}, agent_finished{1}, speech_started{1}, speech_finished{1});
  call.log.clear();
  CHECK(call.wait(15s) == lines{"hang up: caller_silent"});
}

TEST_CASE("a caller who answers is spoken to again at their next silence") {
  settings rules;
  rules.silence_prompt = 15s;
  auto call = connected(rules);
  call.wait(15s);
  call.tell(agent_finished{1});
  call.converse(2, "yes", "Good.");
  call.tell(speech_finished{2});
  call.log.clear();
  CHECK(call.wait(15s) == lines{"ask 3 about silence"});
}
