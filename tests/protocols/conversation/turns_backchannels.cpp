#include "protocols/conversation/turns.hpp"
#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

/// The agent is audible with its first reply, turn 1.
rehearsal spoken_to(const std::string& reply) {
  rehearsal call;
  call.tell(call_connected{});
  call.converse(1, "hello", reply);
  call.log.clear();
  return call;
}

constexpr auto story = "We have a table at seven, and one more outside at eight.";

}  // namespace

TEST_CASE("who only tells that they listen pauses the agent at most, and is no turn") {
  auto call = spoken_to(story);
  call.voice(300ms);
  CHECK(call.tell(partial_transcript{"Uh-huh."}).empty());
  CHECK(call.state() == "paused");
  CHECK(call.wait(250ms) == lines{"commit"});
  call.tell(utterance_committed{"Uh-huh."});
  CHECK(call.wait(250ms) == lines{"resume 1"});
  call.log.clear();
  CHECK(call.tell(speech_finished{1}).size() == 1);
  CHECK(call.wait(5000ms).empty());
}

TEST_CASE("listening that is heard without voice does not even pause the agent") {
  auto call = spoken_to(story);
  CHECK(call.tell(partial_transcript{"okay"}).empty());
  CHECK(call.wait(250ms) == lines{"commit"});
  CHECK(call.tell(utterance_committed{"Okay."}).empty());
  CHECK(call.wait(1000ms).empty());
  CHECK(call.state() == "speaking");
}

TEST_CASE("listening that goes on into words ends the agent's turn") {
  auto call = spoken_to(story);
  call.voice(300ms);
  call.tell(partial_transcript{"okay"});
  CHECK(call.tell(partial_transcript{"okay wait"}) == lines{"stop 1"});
}

TEST_CASE("at the end of a reply, and behind a question, the same words are an answer") {
  auto call = spoken_to(story);
  call.tell(speech_heard{1, "We have a table at seven, and one more outside at"});
  call.voice(300ms);
  CHECK(call.tell(partial_transcript{"okay"}) == lines{"stop 1"});

  call = spoken_to("Is that right? I can also look for another day if you would like me to.");
  call.tell(speech_heard{1, "Is that right?"});
  call.voice(300ms);
  CHECK(call.tell(partial_transcript{"okay"}) == lines{"stop 1"});

  call = spoken_to("So that is a table for four at seven, is that right?");
  call.tell(speech_heard{1, "So that is a table"});
  call.voice(300ms);
  CHECK(call.tell(partial_transcript{"okay"}) == lines{"stop 1"});
}
