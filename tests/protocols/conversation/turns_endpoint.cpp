#include "protocols/conversation/turns.hpp"
#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

rehearsal connected(std::chrono::milliseconds silence = 500ms) {
  settings rules;
  rules.endpoint.adaptive = true;
  rules.endpoint.silence = silence;
  rehearsal call(rules);
  call.tell(call_connected{});
  return call;
}

/// So long after the voice the agent is asked about this text, whose transcript comes at once.
std::chrono::milliseconds silence_behind(rehearsal& call, const std::string& text) {
  call.voice(800ms);
  const auto ended = call.now;
  call.wait(call.talk.turns().rules().endpoint.silence / 2);
  call.tell(utterance_committed{text});
  for (int step = 0; call.state() == "listening" && step < 1000; ++step) call.wait(10ms);
  return std::chrono::duration_cast<std::chrono::milliseconds>(call.now - ended);
}

std::chrono::milliseconds silence_behind(const std::string& text, std::chrono::milliseconds silence = 500ms) {
  auto call = connected(silence);
  return silence_behind(call, text);
}

/// The caller goes on so long after the turn was taken, which takes it back.
void go_on(rehearsal& call, std::chrono::milliseconds after, const std::string& text) {
  call.wait(after);
  call.voice(800ms);
  call.wait(250ms);
  call.tell(utterance_committed{text});
  call.wait(3000ms);
}

}  // namespace

TEST_CASE("words that end like a sentence need less silence, and those that do not need more") {
  CHECK(silence_behind("A table for four.") == 300ms);
  CHECK(silence_behind("a table for four") == 500ms);
  CHECK(silence_behind("a table for four and") == 1250ms);
  CHECK(silence_behind("My number is 555") == 1250ms);
}

TEST_CASE("an adapted silence stays within bounds, and on its side of the setting") {
  CHECK(silence_behind("A table.", 300ms) == 250ms);
  CHECK(silence_behind("A table.", 200ms) == 200ms);
  CHECK(silence_behind("a table and", 800ms) == 1500ms);
  CHECK(silence_behind("a table and", 2000ms) == 2000ms);
  CHECK(silence_behind("A table.", 2000ms) == 1200ms);
}

TEST_CASE("the commit is asked for at half the setting, whatever was heard") {
  auto call = connected();
  call.tell(voice_started{call.now}, partial_transcript{"a table and"});
  call.wait(500ms);
  call.tell(voice_ended{call.now});
  CHECK(call.wait(249ms).empty());
  CHECK(call.wait(1ms) == lines{"commit"});
}

TEST_CASE(
    "a transcript that comes after the silence is taken at once, an open one when its silence is over") {
  auto call = connected();
  call.voice(800ms);
  call.wait(400ms);
  CHECK(call.tell(utterance_committed{"A table for four."}) == lines{"ask 1: A table for four."});
  call = connected();
  call.voice(800ms);
  call.wait(700ms);
  CHECK(call.tell(utterance_committed{"a table for"}).empty());
  CHECK(call.wait(549ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 1: a table for"});
}

TEST_CASE("a short answer needs less silence once the agent has asked") {
  auto call = connected();
  CHECK(silence_behind(call, "yes") == 500ms);
  call.tell(agent_sentence{1, "For how many?"}, agent_finished{1, next::listen}, speech_started{1},
            speech_finished{1});
  CHECK(silence_behind(call, "four") == 300ms);
  call.tell(agent_sentence{2, "Thank you."}, agent_finished{2, next::listen}, speech_started{2},
            speech_finished{2});
  CHECK(silence_behind(call, "four") == 500ms);
}

TEST_CASE(
    "a caller who goes on behind a turn that was taken gets a fifth more silence each time, up to double") {
  auto call = connected();
  std::uint32_t turn = 1;
  for (const auto expected : {500ms, 600ms, 700ms, 800ms, 900ms, 1000ms, 1000ms}) {
    CHECK(silence_behind(call, "a table") == expected);
    go_on(call, 100ms, "for four");
    turn = call.talk.turns().current()->turn;
    call.tell(agent_sentence{turn, "Gladly."}, agent_finished{turn, next::listen}, speech_started{turn},
              speech_finished{turn});
  }
  CHECK(silence_behind(call, "A table.") == 600ms);
}

TEST_CASE("a cough behind a turn, or words long after it, are no pause within it") {
  auto call = connected();
  CHECK(silence_behind(call, "a table") == 500ms);
  go_on(call, 100ms, "");
  CHECK(call.log.back() == "ask 2: a table");
  go_on(call, 1500ms, "for four");
  CHECK(call.log.back() == "ask 3: a table for four");
  call.tell(agent_sentence{3, "Gladly."}, agent_finished{3, next::listen}, speech_started{3},
            speech_finished{3});
  CHECK(silence_behind(call, "a table") == 500ms);
}

TEST_CASE("without adaptive endpointing every turn has the same silence") {
  rehearsal call;
  call.tell(call_connected{});
  CHECK(silence_behind(call, "a table and") == 500ms);
  go_on(call, 100ms, "for four");
  call.tell(agent_finished{2, next::listen});
  CHECK(silence_behind(call, "A table.") == 500ms);
}
