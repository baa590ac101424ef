#include "protocols/conversation/turns.hpp"
#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

rehearsal connected() {
  settings rules;
  rules.preemptive = true;
  rules.fallback_reply = "Sorry?";
  rehearsal call(rules);
  call.tell(call_connected{});
  return call;
}

/// The voice ends now, and this is what was heard of it just before.
lines says(rehearsal& call, const std::string& text) {
  call.tell(voice_started{call.now});
  call.wait(800ms);
  call.tell(partial_transcript{text});
  call.wait(100ms);
  return call.tell(voice_ended{call.now});
}

}  // namespace

TEST_CASE("a partial that ends like a sentence is asked about when the voice ends, and stands by its words") {
  auto call = connected();
  call.show(rehearsal::stages::shown);
  CHECK(says(call, "a table for four.") == lines{"ask 1 early: a table for four."});
  CHECK(call.state() == "listening");
  CHECK(call.wait(250ms) == lines{"commit"});
  CHECK(call.tell(agent_sentence{1, "Gladly."}, agent_noted{1, "guests", "4"}).empty());
  call.wait(200ms);
  CHECK(call.tell(utterance_committed{"A table, for four"}).empty());
  CHECK(call.wait(49ms).empty());
  CHECK(call.wait(1ms) == lines{"endpoint 500", "stt_final 200", "confirm 1", "first_token 0",
                                "first_sentence 0", "speak 1: Gladly."});
  CHECK(call.state() == "starting");
  CHECK(call.tell(agent_sentence{1, "What day?"}, agent_finished{1, next::listen}) ==
        lines{"speak 1: What day?", "speak 1:  (last)"});
  call.wait(100ms);
  CHECK(call.tell(speech_arrived{1}, speech_started{1}) == lines{"first_audio 100", "on_wire 0", "total 600",
                                                                 "caller 1: A table, for four [0-900]",
                                                                 "note guests=4"});
}

TEST_CASE("a whole reply that was there before is spoken at once when the turn is over") {
  auto call = connected();
  says(call, "goodbye.");
  CHECK(call.tell(agent_sentence{1, "Goodbye."}, agent_finished{1, next::hang_up}).empty());
  call.wait(250ms);
  CHECK(call.tell(utterance_committed{"Goodbye."}).empty());
  CHECK(call.wait(250ms) == lines{"confirm 1", "speak 1: Goodbye.", "speak 1:  (last)"});
  call.tell(speech_started{1});
  CHECK(call.tell(speech_finished{1}).back() == "hang up: agent_goodbye");
}

TEST_CASE("an agent that has not answered yet has all its time from the confirmation on") {
  auto call = connected();
  says(call, "hello.");
  call.wait(9000ms);
  CHECK(call.tell(utterance_committed{"Hello."}) == lines{"confirm 1"});
  CHECK(call.wait(7999ms).empty());
  CHECK(call.wait(1ms).front() == "cancel 1 unheard");
}

TEST_CASE("other words than were asked about take the question back without a trace") {
  auto call = connected();
  says(call, "a table for four.");
  call.tell(agent_noted{1, "guests", "4"}, agent_sentence{1, "Four."}, agent_finished{1, next::hang_up});
  call.log.clear();
  call.wait(250ms);
  CHECK(call.tell(utterance_committed{"A table for forty."}) ==
        lines{"cancel 1 unheard", "ask 2 early: A table for forty."});
  CHECK(call.tell(agent_sentence{1, "late"}, agent_finished{1, next::listen}).empty());
  CHECK(call.wait(250ms) == lines{"confirm 2"});
  call.tell(agent_sentence{2, "Forty."}, agent_finished{2, next::listen}, speech_started{2},
            speech_finished{2});
  CHECK(call.talk.notes().empty());
  REQUIRE(call.talk.history().size() == 2);
  CHECK(call.talk.history()[0].text == "A table for forty.");
  CHECK(call.talk.history()[1].text == "Forty.");
}

TEST_CASE("a caller who goes on takes the question back, and a cough does not") {
  auto call = connected();
  says(call, "a table.");
  call.tell(agent_sentence{1, "Gladly."});
  call.tell(voice_started{call.now});
  CHECK(call.wait(100ms).empty());
  call.tell(voice_ended{call.now});
  CHECK(call.wait(250ms) == lines{"commit"});
  call.tell(utterance_committed{"A table."});
  CHECK(call.wait(250ms) == lines{"confirm 1", "speak 1: Gladly."});

  call = connected();
  says(call, "a table.");
  call.tell(voice_started{call.now});
  CHECK(call.wait(200ms) == lines{"cancel 1 unheard"});
  CHECK(call.tell(partial_transcript{"a table for four."}).empty());
  CHECK(call.tell(voice_ended{call.now}) == lines{"ask 2 early: a table for four."});
}

TEST_CASE("a partial without an end is asked about when it has stayed the same for a moment") {
  auto call = connected();
  CHECK(says(call, "a table for four").empty());
  CHECK(call.wait(49ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 1 early: a table for four"});
  call = connected();
  says(call, "a table");
  call.wait(40ms);
  CHECK(call.tell(partial_transcript{"a table for four"}).empty());
  CHECK(call.wait(149ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 1 early: a table for four"});
}

TEST_CASE("words that lead on are not asked about early, and a transcript is, however it ends") {
  auto call = connected();
  CHECK(says(call, "a table and").empty());
  CHECK(call.wait(250ms) == lines{"commit"});
  call.tell(utterance_committed{"a table and"});
  CHECK(call.wait(250ms) == lines{"ask 1: a table and"});

  call = connected();
  CHECK(call.voice(600ms).empty());
  CHECK(call.wait(250ms) == lines{"commit"});
  CHECK(call.tell(utterance_committed{"a table for four"}) == lines{"ask 1 early: a table for four"});
  CHECK(call.wait(250ms) == lines{"confirm 1"});
}

TEST_CASE("a partial that babbles costs two questions for each turn at most") {
  auto call = connected();
  for (const auto* text : {"one.", "one two.", "one two three.", "one two three four."}) says(call, text);
  call.wait(250ms);
  CHECK(call.tell(utterance_committed{"One two three four."}).empty());
  CHECK(call.wait(250ms) == lines{"ask 3: One two three four."});
  CHECK(call.count("cancel 1 unheard") == 1);
  CHECK(call.count("cancel 2 unheard") == 1);
  call.tell(agent_finished{3, next::listen});
  CHECK(says(call, "hello.") == lines{"ask 4 early: hello."});
}

TEST_CASE("an agent that fails early is asked again when the turn is over") {
  auto call = connected();
  says(call, "hello.");
  CHECK(call.tell(agent_failed{1}) == lines{"cancel 1 unheard"});
  call.wait(250ms);
  call.tell(utterance_committed{"Hello."});
  CHECK(call.wait(250ms) == lines{"ask 2: Hello."});
}

TEST_CASE("a reply that is too long to be kept is asked for again when the turn is over") {
  auto call = connected();
  says(call, "tell me everything.");
  call.log.clear();
  for (int i = 0; i < 100; ++i) call.tell(agent_sentence{1, std::string(1000, 'a')});
  CHECK(call.log == lines{"cancel 1 unheard"});
  call.wait(250ms);
  call.tell(utterance_committed{"Tell me everything."});
  CHECK(call.wait(250ms) == lines{"ask 2: Tell me everything."});
}

TEST_CASE("words that come to nothing, keys, and the end of the call take the question back") {
  auto call = connected();
  says(call, "hm.");
  call.wait(250ms);
  CHECK(call.tell(utterance_committed{""}) == lines{"cancel 1 unheard"});
  CHECK(call.wait(5000ms).empty());

  call = connected();
  says(call, "hello.");
  CHECK(call.tell(key_pressed{'1'}, key_pressed{'#'}) == lines{"cancel 1 unheard", "ask 2 about keys: 1"});

  call = connected();
  says(call, "hello.");
  CHECK(call.tell(call_ended{}) == lines{"cancel 1 unheard", "caller 1: hello. [0-900]"});
}

TEST_CASE("a reply from before the caller was cut into still waits for its own turn") {
  auto call = connected();
  call.converse(1, "hello", "One two three.");
  call.log.clear();
  says(call, "stop it.");
  CHECK(call.log.back() == "stop 1");
  CHECK(call.tell(speech_interrupted{1, "One"}).back() == "ask 2 early: stop it.");
}

TEST_CASE("without preemptive questions the agent is asked when the turn is over") {
  rehearsal call;
  call.tell(call_connected{});
  CHECK(says(call, "hello.").empty());
  CHECK(call.wait(250ms) == lines{"commit"});
  CHECK(call.tell(utterance_committed{"Hello."}).empty());
  CHECK(call.wait(250ms) == lines{"ask 1: Hello."});
}
