#include "protocols/conversation/turns.hpp"
#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

settings rules() {
  settings made;
  made.fallback_reply = "Sorry, once more?";
  made.silence_prompt = 15s;
  return made;
}

rehearsal connected(settings how = rules()) {
  rehearsal call(std::move(how));
  call.tell(call_connected{});
  return call;
}

/// A machine whose greeting goes on, with nothing said yet.
rehearsal answered_by_machine() {
  auto call = connected();
  call.tell(machine_heard{});
  return call;
}

/// The agent leaves its message, turn 1, and has not said all of it.
rehearsal leaving_message() {
  auto call = answered_by_machine();
  call.tell(machine_heard{true, true}, agent_sentence{1, "Please call us back."}, speech_started{1});
  call.log.clear();
  return call;
}

}  // namespace

TEST_CASE("the agent is asked once, when a machine's greeting has ended") {
  auto call = answered_by_machine();
  CHECK(call.wait(5s).empty());
  CHECK(call.tell(machine_heard{true, true}) == lines{"ask 1 about beep"});
  CHECK(call.tell(machine_heard{true, false}, machine_heard{}).empty());
  call.tell(agent_sentence{1, "Please call us back."}, agent_finished{1, next::hang_up}, speech_started{1});
  CHECK(call.state() == "closing");
  call.tell(speech_finished{1});
  CHECK(call.log.back() == "hang up: agent_goodbye");
}

TEST_CASE("a greeting without a beep is told as such, and news that overtake each other make no difference") {
  auto call = connected();
  CHECK(call.tell(machine_heard{true, false}, machine_heard{}) == lines{"ask 1 about machine"});
}

TEST_CASE("a greeting whose end nobody tells is over after half a minute") {
  auto call = answered_by_machine();
  CHECK(call.wait(29'999ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 1 about machine"});
  CHECK(call.tell(machine_heard{true, true}).empty());
}

TEST_CASE("what a machine says and presses is no turn, neither before the message nor behind it") {
  auto call = answered_by_machine();
  call.say("You have reached Ada. Leave a message.");
  call.tell(key_pressed{'1'});
  call.wait(3s);
  call.tell(voice_started{call.now});
  call.wait(500ms);
  CHECK(call.log == lines{"commit"});
  CHECK(call.tell(machine_heard{true, true}) == lines{"ask 1 about beep"});
  call.tell(voice_ended{call.now}, utterance_committed{"after the tone"});
  call.tell(agent_sentence{1, "Hello."}, agent_finished{1, next::listen}, speech_started{1});
  call.log.clear();
  const auto rest = call.tell(speech_finished{1});
  REQUIRE(rest.size() == 1);
  CHECK(rest.front().starts_with("agent 1: Hello."));
  CHECK(call.state() == "listening");
}

TEST_CASE("a greeting of the agent's own that a machine hears is stopped, and is no interruption") {
  auto how = rules();
  how.greeting = "Good day.";
  auto call = connected(how);
  call.tell(speech_started{1}, speech_heard{1, "Good"});
  call.log.clear();
  CHECK(call.tell(machine_heard{}) == lines{"stop 1"});
  const auto stopped = call.tell(speech_interrupted{1, "Good"});
  REQUIRE(stopped.size() == 1);
  CHECK(stopped.front().starts_with("agent 1: Good day. / heard: Good ["));
  CHECK(call.tell(machine_heard{true, false}) == lines{"ask 2 about machine"});
}

TEST_CASE("an answer to a machine's greeting is taken back before it is heard") {
  auto call = connected();
  call.say("You have reached Ada.");
  call.log.clear();
  CHECK(call.tell(machine_heard{}) == lines{"cancel 1 unheard"});
  CHECK(call.tell(machine_heard{true, true}) == lines{"ask 2 about beep"});
  call = connected();
  call.say("You have reached Ada.");
  call.tell(agent_sentence{1, "Hello Ada."});
  call.log.clear();
  CHECK(call.tell(machine_heard{}) == lines{"cancel 1 unheard", "stop 1"});
}

TEST_CASE("nothing that is heard cuts a message short") {
  auto call = leaving_message();
  call.voice(2s);
  call.tell(partial_transcript{"one two three"}, key_pressed{'5'});
  CHECK(call.wait(1s) == lines{"commit"});
  CHECK(call.state() == "speaking");
  CHECK(call.tell(agent_finished{1, next::hang_up}) == lines{"speak 1:  (last)"});
  CHECK(call.state() == "closing");
}

TEST_CASE("an agent that fails says no sorry to a machine, and the call ends") {
  auto call = answered_by_machine();
  call.tell(machine_heard{true, true});
  CHECK(call.tell(agent_failed{1}) == lines{"hang up: agent_goodbye"});
  call = leaving_message();
  CHECK(call.tell(agent_failed{1}) == lines{"speak 1:  (last)"});
  call.tell(speech_finished{1});
  CHECK(call.log.back() == "hang up: agent_goodbye");
  call = answered_by_machine();
  call.tell(machine_heard{true, true});
  CHECK(call.wait(8s) == lines{"cancel 1 unheard", "hang up: agent_goodbye"});
}

TEST_CASE("an agent that leaves nothing and stays is not asked again before the silence ends the call") {
  auto call = answered_by_machine();
  call.tell(machine_heard{true, true}, agent_finished{1, next::listen});
  call.log.clear();
  CHECK(call.wait(15s) == lines{"hang up: caller_silent"});
}

TEST_CASE("without questions about silence the call waits for all of it") {
  auto how = rules();
  how.silence_prompt = 0s;
  auto call = connected(how);
  call.tell(machine_heard{true, true}, agent_finished{1, next::listen});
  call.log.clear();
  CHECK(call.wait(29'999ms).empty());
  CHECK(call.wait(1ms) == lines{"hang up: caller_silent"});
}

TEST_CASE("a goodbye under way when a machine is found is let finish") {
  auto call = connected();
  call.say("hello");
  call.tell(agent_sentence{1, "Goodbye."}, agent_finished{1, next::hang_up}, speech_started{1});
  call.log.clear();
  CHECK(call.tell(machine_heard{}).empty());
  call.tell(speech_finished{1});
  CHECK(call.log.back() == "hang up: agent_goodbye");
}

TEST_CASE("a call that waits for a machine's greeting goes on from its value") {
  auto call = answered_by_machine();
  auto kept = conversation::from_json(call.talk.to_json(call.now), call.now);
  REQUIRE(kept);
  call.talk = std::move(*kept);
  CHECK(call.wait(29'999ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 1 about machine"});
}

TEST_CASE("what was asked early of a greeting is taken back when it turns out to be a machine's") {
  settings rules;
  rules.preemptive = true;
  rehearsal call(rules);
  call.tell(call_connected{}, voice_started{call.now});
  call.wait(800ms);
  call.tell(partial_transcript{"You have reached the Smiths."});
  CHECK(call.tell(voice_ended{call.now}) == lines{"ask 1 early: You have reached the Smiths."});
  CHECK(call.tell(machine_heard{}) == lines{"cancel 1 unheard"});
  CHECK(call.wait(5s) == lines{"commit"});
}

TEST_CASE("another agent's rules hold at once") {
  auto call = connected();
  call.say("hello");
  call.log.clear();
  call.tell(agent_changed{2s, 10s, false, "One more time?"});
  CHECK(call.wait(2s) == lines{"cancel 1 unheard", "speak 1: One more time? (last)"});
  call.tell(speech_started{1}, speech_finished{1});
  call.log.clear();
  CHECK(call.wait(20s) == lines{"ask 2 about silence"});
}
