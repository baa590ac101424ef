#include "tests/protocols/conversation/rehearsal.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

turns::settings rules() {
  turns::settings some;
  some.min_interruption_words = 2;
  some.fallback_reply = "Sorry?";
  return some;
}

/// A call whose agent has the floor with two sentences, of which so much was heard.
rehearsal speaking(const std::string& heard) {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.say("what is on the menu");
  call.tell(agent_sentence{1, "We have soup and salad."}, agent_sentence{1, "What would you like?"},
            agent_finished{1, next::listen});
  call.wait(300ms);
  call.tell(speech_arrived{1}, speech_started{1});
  if (!heard.empty()) call.tell(speech_heard{1, heard});
  return call;
}

}  // namespace

TEST_CASE("what was not heard of a reply is spoken for its new owner, and the turn is one") {
  auto call = speaking("We have  soup");
  // The carrier had " and" in stock.
  CHECK(call.tell(taken_over{}) == lines{"speak 1: salad. What would you like? (last)"});
  call.tell(speech_started{1});
  CHECK(call.state() == "speaking");
  call.tell(speech_finished{1});
  REQUIRE(call.talk.history().size() == 2);
  CHECK(call.talk.history().back().text == "We have soup and salad. What would you like?");
}

TEST_CASE("what was heard since the last news of a reply is not said again") {
  auto call = speaking("We");
  SUBCASE("in half a second and from the carrier's stock it is two words") {
    call.wait(500ms);
    CHECK(call.tell(taken_over{}) == lines{"speak 1: and salad. What would you like? (last)"});
  }
  SUBCASE("which is two words less of a slow voice") {
    call.wait(3s);
    call.tell(speech_heard{1, "We have"});
    call.wait(500ms);
    CHECK(call.tell(taken_over{}) == lines{"speak 1: soup and salad. What would you like? (last)"});
  }
  SUBCASE("and none when nothing is being heard any more") {
    call.wait(800ms);
    CHECK(call.tell(taken_over{}) == lines{"speak 1: have soup and salad. What would you like? (last)"});
  }
}

TEST_CASE("a voice rests behind a sentence, and the next one is said from its beginning") {
  auto call = speaking("We have soup and salad.");
  call.wait(500ms);
  CHECK(call.tell(taken_over{}) == lines{"speak 1: What would you like? (last)"});
}

TEST_CASE("what is in the carrier's stock up to a rest ends there") {
  auto call = speaking("We have soup and");
  call.wait(600ms);
  CHECK(call.tell(taken_over{}) == lines{"speak 1: What would you like? (last)"});
}

TEST_CASE("what was heard by the clock is on record when the rest of the reply is cut short") {
  auto call = speaking("We have soup");
  call.tell(taken_over{});
  call.tell(speech_failed{1});
  REQUIRE(call.talk.history().size() == 2);
  CHECK(call.talk.history().back().text == "We have soup and");
}

TEST_CASE("a goodbye whose last word was in stock is not said again, and the call ends") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.say("that is all");
  call.tell(agent_sentence{1, "Goodbye then."}, agent_finished{1, next::hang_up});
  call.wait(300ms);
  call.tell(speech_arrived{1}, speech_started{1}, speech_heard{1, "Goodbye"});
  REQUIRE(call.state() == "closing");
  call.wait(100ms);
  CHECK(call.tell(taken_over{}).back() == "hang up: agent_goodbye");
  CHECK(call.talk.history().back().text == "Goodbye then.");
}

TEST_CASE("a conversation that was over ends the call with its new owner as well") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.wait(31s);
  REQUIRE(call.state() == "ended");
  CHECK(call.tell(taken_over{}) == lines{"hang up: agent_goodbye"});
  CHECK(call.tell(tick{}).empty());
}

TEST_CASE("a reply of which nothing was heard is spoken from its beginning") {
  auto call = speaking("");
  CHECK(call.tell(taken_over{}) == lines{"speak 1: We have soup and salad. What would you like? (last)"});
}

TEST_CASE("a reply that was heard to its end is over") {
  auto call = speaking("We have soup and salad. What would you like?");
  call.tell(taken_over{});
  CHECK(call.state() == "listening");
  CHECK(call.talk.history().back().text == "We have soup and salad. What would you like?");
}

TEST_CASE("a reply that is paused stays so with its new owner") {
  auto call = speaking("We have");
  call.tell(voice_started{call.now});
  call.wait(250ms);
  REQUIRE(call.state() == "paused");
  const auto told = call.tell(taken_over{});
  REQUIRE(told.size() == 2);
  CHECK(told[0] == "speak 1: soup and salad. What would you like? (last)");
  CHECK(told[1].starts_with("pause 1 since "));
  call.wait(5s);
  CHECK(call.count("resume 1") == 1);
}

TEST_CASE("a reply that is being stopped is over, with what was heard") {
  auto call = speaking("We have");
  call.tell(voice_started{call.now});
  call.wait(250ms);
  call.tell(partial_transcript{"no not that"});
  call.wait(50ms);
  REQUIRE(call.state() == "stopping");
  call.tell(taken_over{});
  CHECK(call.state() != "stopping");
  REQUIRE(call.talk.history().size() == 2);
  CHECK(call.talk.history().back().text == "We have");
  CHECK(call.talk.history().back().interrupted);
}

TEST_CASE("an agent that was asked is asked again, and has all its time") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.say("what is on the menu");
  REQUIRE(call.state() == "thinking");
  call.wait(7s);
  CHECK(call.tell(taken_over{}) == lines{"ask 1: what is on the menu"});
  call.wait(7s);
  CHECK(call.state() == "thinking");
  call.tell(agent_sentence{1, "Soup."}, agent_finished{1, next::listen});
  CHECK(call.state() == "starting");
}

TEST_CASE("an agent that was asked about keys is asked about the same keys again") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.tell(key_pressed{'4'}, key_pressed{'2'});
  call.wait(5s);
  REQUIRE(call.state() == "thinking");
  CHECK(call.tell(taken_over{}) == lines{"ask 1 about keys: 42"});
}

TEST_CASE("a reply whose end was still to come ends with what there was") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.say("what is on the menu");
  call.tell(agent_sentence{1, "We have soup."});
  call.wait(300ms);
  call.tell(speech_arrived{1}, speech_started{1});
  CHECK(call.tell(taken_over{}) == lines{"speak 1: We have soup. (last)"});
  call.tell(speech_finished{1});
  CHECK(call.state() == "listening");
}

TEST_CASE("words that were heard and not committed are not lost, and are not there twice") {
  rehearsal call(rules());
  call.tell(call_connected{});
  SUBCASE("while the caller speaks") {
    call.tell(voice_started{call.now});
    call.wait(600ms);
    call.tell(partial_transcript{"a table"});
  }
  SUBCASE("while their commit is waited for") {
    call.voice(600ms);
    call.tell(partial_transcript{"a table"});
    call.wait(450ms);
  }
  call.tell(taken_over{});
  // The new recogniser has heard nothing of it.
  call.wait(450ms);
  call.tell(utterance_committed{""});
  call.wait(3s);
  CHECK(call.count("ask 1: a table") == 1);
}

TEST_CASE("a caller who speaks on behind the change is heard as one turn") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.tell(voice_started{call.now});
  call.wait(600ms);
  call.tell(partial_transcript{"a table"}, taken_over{});
  call.voice(600ms);
  call.wait(450ms);
  call.tell(utterance_committed{"for two"});
  call.wait(3s);
  CHECK(call.count("ask 1: a table for two") == 1);
}

TEST_CASE("a call on hold is held for its new owner as well, for what is left of the time") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.tell(hold_call{.by = holder::api, .time = 60s});
  call.wait(20s);
  CHECK(call.state() == "held");
  CHECK(call.tell(taken_over{}) == lines{"on hold by api for 40000"});
  CHECK(call.state() == "held");
  call.wait(41s);
  CHECK(call.count("off hold") == 1);
}

TEST_CASE("a caller who is waited for is waited for by the new owner as well") {
  rehearsal call(rules());
  call.tell(call_connected{});
  call.say("let me look");
  turns::reply_end wait{.then = next::listen};
  wait.time = 60s;
  call.tell(agent_sentence{1, "Take your time."}, agent_finished{1, wait});
  call.wait(300ms);
  call.tell(speech_arrived{1}, speech_started{1});
  call.tell(speech_finished{1});
  call.wait(20s);
  CHECK(call.tell(taken_over{}) == lines{"be patient for 40000"});
}

TEST_CASE("a caller who listens to silence hears nothing of the change") {
  rehearsal call(rules());
  CHECK(call.tell(taken_over{}).empty());
  call.tell(call_connected{});
  call.wait(5s);
  CHECK(call.tell(taken_over{}).empty());
  CHECK(call.state() == "listening");
}
