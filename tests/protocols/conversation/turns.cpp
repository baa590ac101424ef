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

/// The agent is audible with its first reply, turn 1.
rehearsal spoken_to(settings rules = {}) {
  auto call = connected(std::move(rules));
  call.converse(1, "hello", "One two three.");
  call.log.clear();
  return call;
}

}  // namespace

TEST_CASE("a turn goes from voice to commit, to the agent, to speech and back to listening") {
  auto call = connected();
  call.show(rehearsal::stages::shown);
  CHECK(call.voice(1000ms).empty());
  CHECK(call.wait(249ms).empty());
  CHECK(call.wait(1ms) == lines{"commit"});
  call.wait(200ms);
  CHECK(call.tell(utterance_committed{"A table for four."}).empty());
  CHECK(call.wait(50ms) == lines{"endpoint 500", "stt_final 200", "ask 1: A table for four."});
  CHECK(call.state() == "thinking");
  call.wait(30ms);
  CHECK(call.tell(agent_sentence{1, "Gladly."}) ==
        lines{"first_token 30", "first_sentence 30", "speak 1: Gladly."});
  CHECK(call.tell(agent_sentence{1, "What day?"}, agent_finished{1, next::listen}) ==
        lines{"speak 1: What day?", "speak 1:  (last)"});
  call.wait(100ms);
  CHECK(call.tell(speech_arrived{1}) == lines{"first_audio 100"});
  call.wait(10ms);
  CHECK(call.tell(speech_started{1}) ==
        lines{"on_wire 10", "total 640", "caller 1: A table for four. [0-1000]"});
  CHECK(call.state() == "speaking");
  call.wait(900ms);
  CHECK(call.tell(speech_finished{1}) ==
        lines{"agent 2: Gladly. What day? / heard: Gladly. What day? [1640-2540 640]"});
  CHECK(call.state() == "listening");
}

TEST_CASE("the greeting is spoken first and recorded as an agent turn without latency") {
  settings rules;
  rules.greeting = "Welcome.";
  rehearsal call(rules);
  CHECK(call.tell(call_connected{}) == lines{"speak 1: Welcome. (last)"});
  CHECK(call.tell(speech_started{1}, speech_finished{1}) ==
        lines{"agent 1: Welcome. / heard: Welcome. [0-0 -1]"});
}

TEST_CASE("words from before the greeting is audible do not cut it, and are the next turn") {
  settings rules;
  rules.greeting = "Welcome.";
  rehearsal call(rules);
  call.tell(call_connected{});
  call.say("hello");
  CHECK(call.tell(speech_started{1}).empty());
  CHECK(call.state() == "speaking");
  CHECK(call.tell(speech_finished{1}).back() == "ask 2: hello");
}

TEST_CASE("fragments committed before the endpoint are one turn") {
  auto call = connected();
  call.voice(600ms);
  CHECK(call.wait(300ms) == lines{"commit"});
  call.tell(utterance_committed{"a table"});
  call.voice(600ms);
  CHECK(call.wait(250ms) == lines{"commit"});
  call.tell(utterance_committed{"for four"});
  CHECK(call.wait(250ms) == lines{"ask 1: a table for four"});
}

TEST_CASE("voice that goes on before the first commit is answered joins both fragments") {
  auto call = connected();
  call.voice(600ms);
  CHECK(call.wait(300ms) == lines{"commit"});
  call.tell(voice_started{call.now});
  call.tell(utterance_committed{"a table"});
  CHECK(call.wait(2000ms).empty());
  call.tell(voice_ended{call.now});
  CHECK(call.wait(250ms) == lines{"commit"});
  call.tell(utterance_committed{"for four"});
  CHECK(call.wait(250ms) == lines{"ask 1: a table for four"});
}

TEST_CASE("the endpoint waits for the transcript") {
  auto call = connected();
  call.voice(600ms);
  CHECK(call.wait(1500ms) == lines{"commit"});
  CHECK(call.tell(utterance_committed{"yes"}) == lines{"ask 1: yes"});
}

TEST_CASE("the last partial stands in when Scribe does not answer, and the late answer is ignored") {
  auto call = connected();
  call.tell(voice_started{call.now});
  call.wait(600ms);
  call.tell(partial_transcript{"I want a"});
  call.tell(partial_transcript{"I want a table"}, voice_ended{call.now});
  CHECK(call.wait(250ms + 10'000ms) == lines{"commit", "ask 1: I want a table"});
  CHECK(call.tell(partial_transcript{"I want a table now"}).empty());
  CHECK(call.tell(utterance_committed{"I want a table."}).empty());
  CHECK(call.state() == "thinking");
  CHECK(call.tell(partial_transcript{"and chairs"}) == lines{"cancel 1 unheard"});
}

TEST_CASE("an answer that comes late is used when nothing stood in for it") {
  auto call = connected();
  call.voice(600ms);
  CHECK(call.wait(5000ms) == lines{"commit"});
  CHECK(call.state() == "listening");
  CHECK(call.tell(utterance_committed{"hello"}) == lines{"ask 1: hello"});
}

TEST_CASE("a failed commit lets the last partial stand in at once") {
  auto call = connected();
  call.tell(voice_started{call.now}, partial_transcript{"good day"});
  call.wait(600ms);
  call.tell(voice_ended{call.now});
  CHECK(call.wait(250ms) == lines{"commit"});
  CHECK(call.tell(commit_failed{}).empty());
  CHECK(call.wait(250ms) == lines{"ask 1: good day"});
}

TEST_CASE("an empty transcript is no turn") {
  auto call = connected();
  call.voice(300ms);
  call.wait(300ms);
  for (auto text : {"", " ", "...", "-"}) {
    CHECK(call.tell(utterance_committed{text}).empty());
    CHECK(call.wait(1000ms).empty());
    call.voice(300ms);
    CHECK(call.wait(300ms) == lines{"commit"});
  }
}

TEST_CASE("the same word twice is two turns") {
  auto call = connected();
  call.converse(1, "yes", "Sure?");
  call.tell(speech_finished{1});
  call.say("yes");
  CHECK(call.log.back() == "ask 2: yes");
}

TEST_CASE("a partial that echoes the last transcript is no new speech") {
  auto call = connected();
  call.say("yes");
  CHECK(call.tell(partial_transcript{"yes"}).empty());
  CHECK(call.state() == "thinking");
}

TEST_CASE("the caller going on before the reply is audible withdraws it and joins the texts") {
  auto call = connected();
  call.say("a table");
  call.tell(agent_sentence{1, "What day?"}, agent_finished{1, next::listen});
  call.log.clear();
  call.tell(voice_started{call.now});
  CHECK(call.wait(199ms).empty());
  CHECK(call.wait(1ms) == lines{"cancel 1 unheard", "stop 1"});
  call.wait(400ms);
  call.tell(voice_ended{call.now});
  call.wait(250ms);
  call.tell(utterance_committed{"for Friday"});
  CHECK(call.wait(250ms) == lines{"ask 2: a table for Friday"});
  CHECK(call.tell(agent_sentence{1, "What day?"}, speech_started{1}, speech_finished{1}).empty());
  CHECK(call.tell(agent_sentence{2, "What time?"}, speech_started{2}).back() ==
        "caller 1: a table for Friday [0-1900]");
}

TEST_CASE("a cough before the reply is audible asks the agent the same again") {
  auto call = connected();
  call.say("a table");
  call.log.clear();
  CHECK(call.voice(250ms) == lines{"cancel 1 unheard"});
  call.wait(250ms);
  call.tell(utterance_committed{""});
  CHECK(call.wait(250ms) == lines{"ask 2: a table"});
}

TEST_CASE("voice pauses the agent, and words end its turn for good") {
  auto call = spoken_to();
  call.tell(agent_sentence{1, "late"});
  const auto begun = std::to_string((call.now - call.start) / 1ms);
  call.tell(voice_started{call.now});
  CHECK(call.wait(199ms).empty());
  CHECK(call.wait(1ms) == lines{"pause 1 since " + begun});
  CHECK(call.state() == "paused");
  call.wait(300ms);
  CHECK(call.tell(partial_transcript{"no wait"}) == lines{"stop 1"});
  const auto done = call.tell(speech_interrupted{1, "One"});
  REQUIRE(done.size() == 1);
  CHECK(done[0].starts_with("agent 2: One two three. / heard: One / interrupted"));
  CHECK(call.talk.history().back().text == "One");
  CHECK(call.talk.history().back().ended == call.now - 300ms);  // when it was paused
  call.tell(voice_ended{call.now});
  call.wait(250ms);
  call.tell(utterance_committed{"no wait"});
  CHECK(call.wait(250ms) == lines{"ask 2: no wait"});
}

TEST_CASE("the agent is not asked before it is known what was heard") {
  auto call = spoken_to();
  call.voice(300ms);
  call.wait(250ms);
  CHECK(call.tell(utterance_committed{"stop"}) == lines{"stop 1"});
  CHECK(call.wait(600ms).empty());
  CHECK(call.tell(speech_interrupted{1, "One two"}).back() == "ask 2: stop");
}

TEST_CASE("an interruption that speech does not answer has a deadline") {
  auto call = spoken_to();
  call.tell(speech_heard{1, "One"});
  call.voice(300ms);
  call.tell(partial_transcript{"stop"});
  call.log.clear();
  call.wait(1000ms);
  CHECK(call.log.front() == "commit");
  CHECK(call.log.back().starts_with("agent 2: One two three. / heard: One / interrupted"));
}

TEST_CASE("voice without words lets the agent resume") {
  auto call = spoken_to();
  call.voice(300ms);
  CHECK(call.state() == "paused");
  CHECK(call.wait(250ms) == lines{"commit"});
  CHECK(call.tell(utterance_committed{""}) == lines{"resume 1"});
  CHECK(call.state() == "speaking");
  CHECK(call.tell(speech_finished{1}).size() == 1);
}

TEST_CASE(
    "the agent resumes when no words come within a moment, and words that come later still end its turn") {
  auto call = spoken_to();
  call.voice(300ms);
  CHECK(call.wait(1000ms) == lines{"commit", "resume 1"});
  const auto late = call.tell(utterance_committed{"stop it"});
  REQUIRE(late.size() == 2);
  CHECK(late[0].starts_with("pause 1"));
  CHECK(late[1] == "stop 1");
}

TEST_CASE(
    "voice that does not end and has no words is noise: the agent resumes and is not paused by it again") {
  auto call = spoken_to();
  call.tell(voice_started{call.now});
  CHECK(call.wait(3200ms).back() == "resume 1");
  CHECK(call.wait(2000ms).empty());
  CHECK(call.tell(partial_transcript{"wait"}).back() == "stop 1");
}

TEST_CASE("fewer words than min_interruption_words do not end the agent's turn and are no turn") {
  settings rules;
  rules.min_interruption_words = 3;
  auto call = spoken_to(rules);
  call.voice(300ms);
  call.tell(partial_transcript{"uh huh"});
  CHECK(call.wait(250ms) == lines{"commit"});
  call.tell(utterance_committed{"uh huh"});
  CHECK(call.wait(250ms) == lines{"resume 1"});
  call.log.clear();
  CHECK(call.tell(speech_finished{1}).size() == 1);
  CHECK(call.wait(5000ms).empty());
  call = spoken_to(rules);
  call.voice(300ms);
  CHECK(call.tell(partial_transcript{"no I said"}) == lines{"stop 1"});
}

TEST_CASE("with min_interruption_words 0 the voice alone ends the agent's turn") {
  settings rules;
  rules.min_interruption_words = 0;
  auto call = spoken_to(rules);
  CHECK(call.voice(300ms).back() == "stop 1");
}

TEST_CASE("words in a partial interrupt though no voice was detected") {
  auto call = spoken_to();
  const auto done = call.tell(partial_transcript{"excuse me"});
  REQUIRE(done.size() == 2);
  CHECK(done[0].starts_with("pause 1"));
  CHECK(done[1] == "stop 1");
  CHECK(call.wait(250ms) == lines{"commit"});
}

TEST_CASE("an interrupted agent that still works is told to stop, and its late words are ignored") {
  auto call = connected();
  call.say("hello");
  call.tell(agent_sentence{1, "One."}, speech_started{1});
  call.voice(300ms);
  CHECK(call.tell(partial_transcript{"stop"}) == lines{"stop 1", "cancel 1 cut short"});
  CHECK(call.tell(agent_sentence{1, "Two."}, agent_finished{1, next::hang_up}).empty());
  CHECK(call.tell(speech_interrupted{1, "One."}).size() == 1);
  CHECK(call.state() == "listening");
}

TEST_CASE("without barge-in the agent speaks on and the caller's words are the next turn") {
  settings rules;
  rules.barge_in = false;
  auto call = spoken_to(rules);
  CHECK(call.voice(800ms).empty());
  call.tell(partial_transcript{"wait"});
  CHECK(call.wait(250ms) == lines{"commit"});
  call.tell(utterance_committed{"wait a moment"});
  CHECK(call.wait(1000ms).empty());
  CHECK(call.tell(speech_finished{1}).back() == "ask 2: wait a moment");
}

TEST_CASE("speech that finishes just when it is paused or stopped counts as heard") {
  auto call = spoken_to();
  call.voice(300ms);
  CHECK(
      call.tell(speech_finished{1}).front().starts_with("agent 2: One two three. / heard: One two three. ["));
  CHECK(call.state() == "listening");
  call = spoken_to();
  call.voice(300ms);
  call.tell(partial_transcript{"stop"});
  CHECK(
      call.tell(speech_finished{1}).front().starts_with("agent 2: One two three. / heard: One two three. ["));
  CHECK(call.tell(speech_interrupted{1, "One"}).empty());
}
