#include "tests/actors/speech_fixture.hpp"

#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::test;

TEST_CASE_FIXTURE(speech_fixture,
                  "without a valid pass no audio is sent, and with one it goes on where it was") {
  const auto pass = need_pass();
  spawn();
  const auto audio = say(1, "Good morning to you.");
  host.advance(300ms);
  const auto sent = carrier.audio();
  REQUIRE(sent == bytes(audio.begin(), audio.begin() + 5600));
  pass->close();
  host.advance(2s);
  CHECK(carrier.audio() == sent);
  CHECK(dialogue->count<speech_finished>() == 0);
  pass->open();
  host.advance(2s);
  CHECK(carrier.audio() == audio);
  return_mark();
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you.");
}

TEST_CASE_FIXTURE(speech_fixture, "a reply that may not begin yet is neither sent nor told of") {
  const auto pass = need_pass();
  pass->close();
  spawn();
  const auto audio = say(1, "Good morning to you.");
  host.advance(2s);
  CHECK(carrier.chunks.empty());
  CHECK(dialogue->count<speech_started>() == 0);
  pass->open();
  host.advance(2s);
  CHECK(carrier.audio() == audio);
  CHECK(dialogue->count<speech_started>() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "what was not sent for want of a pass does not count as heard") {
  const auto pass = need_pass();
  spawn();
  say(1, "Good morning to you.");
  host.advance(300ms);
  pass->close();
  host.advance(2s);
  tell(actor, stop_speech{1});
  CHECK(dialogue->last<speech_interrupted>().heard_text == "Good morning");
  // Nothing else was sent either.
  CHECK(carrier.cleared_at.empty());
}

TEST_CASE_FIXTURE(speech_fixture,
                  "what the carrier plays on since it could not be told to clear counts as heard") {
  const auto pass = need_pass();
  spawn();
  const auto audio = say(1, "Good morning to you.");
  host.advance(300ms);
  pass->close();
  tell(actor, pause_speech{1});
  host.advance(2s);
  CHECK(carrier.cleared_at.empty());
  pass->open();
  carrier.chunks.clear();
  tell(actor, resume_speech{1});
  host.advance(2s);
  CHECK(carrier.audio() == bytes(audio.begin() + 4800, audio.end()));
}

TEST_CASE_FIXTURE(speech_fixture, "the last mark of a reply waits for the pass as well") {
  const auto pass = need_pass();
  spawn();
  tell(actor, speak{1, "Good.", true});
  synthesise("Good.");
  synthesise("    ");
  host.advance(400ms);
  REQUIRE(carrier.marks == std::vector<std::string>{"1.2400"});
  carrier.marks.clear();
  pass->close();
  finish();
  host.advance(100ms);
  CHECK(carrier.marks.empty());
  pass->open();
  host.advance(100ms);
  CHECK(carrier.marks == std::vector<std::string>{"1.3600"});
  CHECK(dialogue->count<speech_finished>() == 0);
  return_mark();
  CHECK(dialogue->count<speech_finished>() == 1);
}
