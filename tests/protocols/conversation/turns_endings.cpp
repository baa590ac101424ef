#include "protocols/conversation/turns.hpp"
#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

rehearsal connected(std::string fallback = "Sorry, once more?") {
  settings rules;
  rules.fallback_reply = std::move(fallback);
  rehearsal call(rules);
  call.tell(call_connected{});
  return call;
}

rehearsal asked(std::string fallback = "Sorry, once more?") {
  auto call = connected(std::move(fallback));
  call.say("hello");
  call.log.clear();
  return call;
}

/// The agent is audible with a goodbye, turn 1.
rehearsal closing() {
  auto call = asked();
  call.tell(agent_sentence{1, "Goodbye."}, agent_finished{1, next::hang_up}, speech_started{1});
  call.log.clear();
  return call;
}

}  // namespace

TEST_CASE("an agent that does not answer in time is cancelled and the fallback is spoken in its place") {
  auto call = asked();
  CHECK(call.wait(7999ms).empty());
  CHECK(call.wait(1ms) == lines{"cancel 1 unheard", "speak 1: Sorry, once more? (last)"});
  CHECK(call.tell(agent_sentence{1, "Here I am."}, agent_finished{1, next::hang_up}).empty());
  CHECK(call.tell(speech_started{1}).size() == 1);
  call.tell(speech_finished{1});
  CHECK(call.state() == "listening");
}

TEST_CASE("an agent that fails is replaced by the fallback") {
  auto call = asked();
  CHECK(call.tell(agent_failed{1}) == lines{"speak 1: Sorry, once more? (last)"});
  call = asked();
  CHECK(call.tell(agent_sentence{1, "Well."}, agent_failed{1}) ==
        lines{"speak 1: Well.", "speak 1: Sorry, once more? (last)"});
}

TEST_CASE("without a fallback a failed agent leaves the floor to the caller") {
  auto call = asked("");
  CHECK(call.tell(agent_failed{1}) == lines{"caller 1: hello [0-800]"});
  CHECK(call.state() == "listening");
  call = asked("");
  CHECK(call.tell(agent_sentence{1, "Well."}, agent_failed{1}) ==
        lines{"speak 1: Well.", "speak 1:  (last)"});
}

TEST_CASE("an agent that stalls in mid-reply ends with the fallback") {
  auto call = asked();
  call.tell(agent_sentence{1, "Let me see."}, speech_started{1});
  call.log.clear();
  CHECK(call.wait(8000ms) == lines{"cancel 1 cut short", "speak 1: Sorry, once more? (last)"});
}

TEST_CASE("an agent that says nothing leaves the caller's turn on record and the floor to the caller") {
  auto call = asked();
  CHECK(call.tell(agent_finished{1, next::listen}) == lines{"caller 1: hello [0-800]"});
  CHECK(call.state() == "listening");
}

TEST_CASE("an agent that hangs up without a word ends the call") {
  auto call = asked();
  CHECK(call.tell(agent_finished{1, next::hang_up}) ==
        lines{"caller 1: hello [0-800]", "hang up: agent_goodbye"});
}

TEST_CASE("a reply that grows without end is ended") {
  auto call = asked();
  const std::string sentence(1000, 'a');
  for (int i = 0; i < 100; ++i) call.tell(agent_sentence{1, sentence});
  CHECK(call.count("speak 1: " + sentence) == 32);
  CHECK(call.log.back() == "speak 1:  (last)");
  CHECK(call.count("cancel 1 cut short") == 1);
}

TEST_CASE("speech that fails before anything was heard is replaced by the fallback under a new number") {
  auto call = asked();
  call.tell(agent_sentence{1, "Gladly."}, agent_finished{1, next::listen});
  CHECK(call.tell(speech_failed{1}) == lines{"cancel 1 unheard", "speak 2: Sorry, once more? (last)"});
  CHECK(call.tell(speech_failed{1}, speech_finished{1}).empty());
  CHECK(call.tell(speech_failed{2}).size() == 2);
  CHECK(call.log.back().starts_with("agent 2: Sorry, once more? / heard:  ["));
  CHECK(call.state() == "listening");
}

TEST_CASE("speech that never starts counts as failed") {
  auto call = asked();
  call.tell(agent_sentence{1, "Gladly."}, agent_finished{1, next::listen});
  CHECK(call.wait(8000ms) == lines{"stop 1", "cancel 1 unheard", "speak 2: Sorry, once more? (last)"});
  CHECK(call.wait(8000ms).front() == "stop 2");
  CHECK(call.state() == "listening");
}

TEST_CASE("speech that waits is not given up as long as it shows signs of life") {
  auto call = asked();
  call.tell(agent_sentence{1, "Gladly."}, agent_finished{1, next::listen});
  for (int n = 0; n < 5; ++n) {
    CHECK(call.wait(7s).empty());
    CHECK(call.tell(speech_heard{1, ""}).empty());
  }
  CHECK(call.state() == "starting");
  CHECK(call.wait(8000ms).front() == "stop 1");
}

TEST_CASE("speech that fails in the middle keeps what was heard") {
  auto call = asked();
  call.tell(agent_sentence{1, "One two."}, speech_started{1}, speech_heard{1, "One"});
  call.log.clear();
  const auto done = call.tell(speech_failed{1});
  REQUIRE(done.size() == 2);
  CHECK(done[0] == "cancel 1 cut short");
  CHECK(done[1].starts_with("agent 2: One two. / heard: One ["));
}

TEST_CASE("speech without a sign of life is stopped, and is not taken for an interruption") {
  auto call = asked();
  call.tell(agent_sentence{1, "One two."}, agent_finished{1, next::listen}, speech_started{1});
  call.wait(8000ms);
  call.tell(speech_heard{1, "One"});
  call.log.clear();
  CHECK(call.wait(8000ms).empty());
  CHECK(call.wait(500ms) == lines{"stop 1"});
  const auto done = call.tell(speech_interrupted{1, "One"});
  REQUIRE(done.size() == 1);
  CHECK(done[0].starts_with("agent 2: One two. / heard: One ["));
}

TEST_CASE("a goodbye is spoken to its end before the call is hung up") {
  auto call = closing();
  CHECK(call.state() == "closing");
  call.wait(2000ms);
  CHECK(call.tell(speech_finished{1}).back() == "hang up: agent_goodbye");
  CHECK(call.state() == "ended");
  CHECK(!call.talk.deadline());
}

TEST_CASE("a goodbye whose end never comes is hung up at its deadline") {
  auto call = closing();
  call.wait(20'000ms);
  CHECK(call.log.front() == "stop 1");
  CHECK(call.log.back() == "hang up: agent_goodbye");
}

TEST_CASE("nobody cuts a goodbye short, but what the caller says over it is on record") {
  auto call = closing();
  CHECK(call.voice(500ms).empty());
  CHECK(call.wait(250ms) == lines{"commit"});
  CHECK(call.tell(utterance_committed{"bye"}).empty());
  const auto done = call.tell(speech_finished{1});
  REQUIRE(done.size() == 3);
  CHECK(done[0].starts_with("agent 2: Goodbye."));
  CHECK(done[1].starts_with("caller 3: bye"));
  CHECK(done[2] == "hang up: agent_goodbye");
}

TEST_CASE("a caller who speaks before the goodbye is known to be one keeps the call") {
  auto call = asked();
  call.tell(agent_sentence{1, "Goodbye."}, speech_started{1});
  call.voice(300ms);
  call.tell(agent_finished{1, next::hang_up});
  CHECK(call.state() == "paused");
  call.tell(partial_transcript{"one more thing"});
  call.tell(speech_interrupted{1, "Good"});
  CHECK(call.state() == "listening");
}

TEST_CASE("when hearing is lost the fallback is the goodbye") {
  auto call = connected();
  CHECK(call.tell(hearing_lost{}) == lines{"speak 1: Sorry, once more? (last)"});
  CHECK(call.wait(300ms).empty());
  call.tell(voice_started{call.now}, speech_started{1});
  CHECK(call.state() == "closing");
  CHECK(call.tell(speech_finished{1}).back() == "hang up: hearing_lost");
}

TEST_CASE("hearing that is lost in mid-speech ends the call behind the reply") {
  auto call = asked();
  call.tell(agent_sentence{1, "Well."}, agent_finished{1, next::listen}, speech_started{1});
  CHECK(call.tell(hearing_lost{}).empty());
  CHECK(call.tell(speech_finished{1}).back() == "speak 2: Sorry, once more? (last)");
}

TEST_CASE("hearing that is lost ends the call at once without a fallback, or when that cannot be spoken") {
  auto call = connected("");
  CHECK(call.tell(hearing_lost{}) == lines{"hang up: hearing_lost"});
  call = connected();
  call.tell(hearing_lost{});
  CHECK(call.tell(speech_failed{1}).back() == "hang up: hearing_lost");
}

TEST_CASE("hearing that is lost before the call is connected ends it behind the greeting") {
  settings rules;
  rules.greeting = "Hello.";
  rehearsal call(rules);
  CHECK(call.tell(hearing_lost{}).empty());
  CHECK(call.tell(call_connected{}) == lines{"speak 1: Hello. (last)"});
  call.tell(speech_started{1});
  CHECK(call.tell(speech_finished{1}).back() == "hang up: hearing_lost");
}

TEST_CASE("a caller who is silent for too long is hung up on, and only silence while listening counts") {
  auto call = connected();
  CHECK(call.wait(29'999ms).empty());
  CHECK(call.wait(1ms) == lines{"hang up: caller_silent"});

  call = connected();
  call.wait(29'000ms);
  call.say("hello");
  call.wait(7000ms);
  call.tell(agent_sentence{1, "Hm."}, agent_finished{1, next::listen}, speech_started{1});
  call.wait(7000ms);
  call.tell(speech_finished{1});
  call.log.clear();
  CHECK(call.wait(29'999ms).empty());
  CHECK(call.wait(1ms) == lines{"hang up: caller_silent"});
}

TEST_CASE("noise that never becomes words does not keep a silent call alive") {
  auto call = connected();
  for (int i = 0; i < 100 && call.state() == "listening"; ++i) {
    call.voice(300ms);
    call.wait(300ms);
    call.tell(utterance_committed{""});
  }
  CHECK(call.log.back() == "hang up: caller_silent");
  CHECK(call.now - call.start < 31s);

  call = connected();
  call.tell(voice_started{call.now});
  call.wait(60s);
  CHECK(call.log == lines{"commit", "hang up: caller_silent"});
}

TEST_CASE("voice that goes on behind finished words does not hold up the turn for ever") {
  auto call = connected();
  call.tell(voice_started{call.now});
  call.wait(1000ms);
  call.tell(partial_transcript{"yes"});
  CHECK(call.wait(4000ms) == lines{"commit"});
  call.tell(utterance_committed{"yes"});
  CHECK(call.wait(500ms) == lines{"ask 1: yes"});
}

TEST_CASE("a text to say waits until nobody speaks") {
  auto call = asked();
  CHECK(call.tell(say{"Your table is ready."}).empty());
  call.tell(agent_sentence{1, "Hm."}, agent_finished{1, next::listen}, speech_started{1});
  CHECK(call.tell(speech_finished{1}).back() == "speak 2: Your table is ready. (last)");
  CHECK(call.tell(speech_started{2}, speech_finished{2}).back().starts_with("agent 3: Your table is ready."));
  CHECK(call.tell(say{" "}).empty());
  CHECK(call.tell(say{"Now."}) == lines{"speak 3: Now. (last)"});
  for (int i = 0; i < 100; ++i) call.tell(say{"More."});
  call.log.clear();
  for (std::uint32_t turn = 3; call.state() != "listening"; ++turn)
    call.tell(speech_started{turn}, speech_finished{turn});
  CHECK(call.log.size() == 1 + 2 * machine::max_waiting_texts);
}

TEST_CASE("notes reach the record once the caller hears the reply, and not when it is withdrawn") {
  auto call = asked();
  call.tell(agent_noted{1, "outcome", "booked"}, agent_sentence{1, "Booked."});
  call.voice(300ms);
  CHECK(call.state() == "listening");
  CHECK(call.talk.notes().empty());
  call.wait(300ms);
  CHECK(call.tell(utterance_committed{"no"}).empty());
  CHECK(call.wait(250ms).back() == "ask 2: hello no");
  call.tell(agent_noted{2, "outcome", "none"}, agent_sentence{2, "Well."});
  CHECK(call.tell(speech_started{2}).back() == "note outcome=none");
  CHECK(call.tell(agent_noted{2, "late", "too"}) == lines{"note late=too"});
}

TEST_CASE("the end of the call puts on record what is unfinished, once") {
  auto call = asked();
  call.tell(agent_noted{1, "do_not_call", "true"});
  CHECK(call.tell(call_ended{}) == lines{"caller 1: hello [0-800]", "note do_not_call=true"});
  CHECK(call.state() == "ended");

  call = asked();
  call.tell(agent_sentence{1, "One two."}, speech_started{1}, speech_heard{1, "One"});
  call.tell(voice_started{call.now}, partial_transcript{"bye"});
  call.log.clear();
  const auto done = call.tell(call_ended{});
  REQUIRE(done.size() == 2);
  CHECK(done[0].starts_with("agent 2: One two. / heard: One"));
  CHECK(done[1].starts_with("caller 3: bye"));
  CHECK(call.tell(call_ended{}, voice_started{call.now}, partial_transcript{"more"}, say{"x"}).empty());
}

TEST_CASE("nothing happens before the call is connected") {
  rehearsal call;
  CHECK(call.tell(voice_started{call.now}, utterance_committed{"hello"}, tick{}).empty());
  CHECK(!call.talk.deadline());
}
