#include "protocols/conversation/turns.hpp"
#include "tests/protocols/conversation/rehearsal.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

settings rules() {
  settings made;
  made.silence_prompt = 15s;
  made.hold = 120s;
  return made;
}

rehearsal connected(settings how = rules()) {
  rehearsal call(std::move(how));
  call.tell(call_connected{});
  return call;
}

/// Put on hold by the API, with nothing said before.
rehearsal held(turns::hold_call how = {}, settings with = rules()) {
  auto call = connected(std::move(with));
  call.tell(std::move(how));
  call.log.clear();
  return call;
}

}  // namespace

TEST_CASE("on hold nothing that is heard counts, silence neither, until the call goes on") {
  auto call = connected();
  CHECK(call.tell(turns::hold_call{}) == lines{"on hold by api for 120000"});
  CHECK(call.state() == "held");
  call.say("is anybody there");
  call.tell(key_pressed{'1'});
  call.wait(60s);
  CHECK(call.log == lines{"on hold by api for 120000", "commit"});
  CHECK(call.tell(end_hold{}) == lines{"off hold", "ask 1 about hold_over"});
  call.tell(agent_sentence{1, "Thank you for waiting."}, agent_finished{1}, speech_started{1},
            speech_finished{1});
  call.log.clear();
  CHECK(call.wait(15s) == lines{"ask 2 about silence"});
}

TEST_CASE("a hold that nobody ends is over by itself, as soon as the rules or the wish say") {
  auto call = held();
  CHECK(call.wait(119'999ms).empty());
  CHECK(call.wait(1ms) == lines{"off hold", "ask 1 about hold_over"});
  call = held({.time = 30s});
  CHECK(call.wait(29'999ms).empty());
  CHECK(call.wait(1ms) == lines{"off hold", "ask 1 about hold_over"});
  call = held({.time = 1000s});
  CHECK(call.wait(120s) == lines{"off hold", "ask 1 about hold_over"});
}

TEST_CASE("a reply under way is stopped where it is, and is no interruption") {
  auto call = connected();
  call.converse(1, "hello", "How can I help you today?");
  call.tell(speech_heard{1, "How can"});
  call.log.clear();
  CHECK(call.tell(turns::hold_call{}) == lines{"on hold by api for 120000", "stop 1"});
  const auto stopped = call.tell(speech_interrupted{1, "How can I"});
  REQUIRE(stopped.size() == 1);
  CHECK(stopped.front().starts_with("agent 2: How can I help you today? / heard: How can I ["));
  CHECK(call.state() == "held");
}

TEST_CASE("what the caller said before the hold is on record, though its answer is never heard") {
  auto call = connected();
  call.say("a table for four");
  call.tell(agent_noted{1, "guests", "4"});
  call.log.clear();
  CHECK(call.tell(turns::hold_call{}) ==
        lines{"on hold by api for 120000", "cancel 1 unheard", "caller 1: a table for four [0-800]"});
  call = connected();
  call.say("a table for four");
  call.tell(agent_sentence{1, "For four."}, agent_finished{1});
  call.log.clear();
  CHECK(call.tell(turns::hold_call{}) == lines{"on hold by api for 120000", "cancel 1 unheard", "stop 1",
                                               "caller 1: a table for four [0-800]"});
  CHECK(call.tell(speech_started{1}, speech_finished{1}).empty());
}

TEST_CASE("half a sentence is kept, and the voice that goes on is not listened to") {
  auto call = connected();
  call.tell(voice_started{call.now}, partial_transcript{"I would like"});
  call.wait(500ms);
  CHECK(call.tell(turns::hold_call{}) ==
        lines{"on hold by api for 120000", "caller 1: I would like [0-500]"});
  call.tell(partial_transcript{"I would like a table"}, voice_ended{call.now});
  CHECK(call.wait(100s) == lines{"commit"});
  CHECK(call.tell(utterance_committed{"I would like a table"}).empty());
  CHECK(call.state() == "held");
}

TEST_CASE("what is to be said first is said, nobody interrupts it, and the sound follows") {
  auto call = connected();
  CHECK(call.tell(turns::hold_call{holder::api, "One moment.", "https://example.com/a.mp3"}) ==
        lines{"on hold by api for 120000", "speak 1: One moment. (last)"});
  call.tell(speech_started{1});
  call.log.clear();
  call.tell(voice_started{call.now}, partial_transcript{"no wait"}, key_pressed{'1'});
  call.wait(500ms);
  CHECK(call.log.empty());
  const auto said = call.tell(speech_finished{1});
  REQUIRE(said.size() == 2);
  CHECK(said.back() == "sound https://example.com/a.mp3");
  CHECK(call.tell(end_hold{}) == lines{"no sound", "off hold", "ask 2 about hold_over"});
}

TEST_CASE("without a sound of its own a hold has the one of the rules") {
  auto with = rules();
  with.hold_sound = "https://example.com/music.mp3";
  auto call = connected(with);
  CHECK(call.tell(turns::hold_call{}).back() == "sound https://example.com/music.mp3");
}

TEST_CASE("who holds can still say something; the sound makes room for it") {
  auto call = held({.sound = "https://example.com/a.mp3"});
  CHECK(call.tell(say{"Thank you for your patience."}) ==
        lines{"no sound", "speak 1: Thank you for your patience. (last)"});
  CHECK(call.tell(end_hold{}).empty());
  call.tell(speech_started{1}, speech_finished{1});
  CHECK(call.log.back() == "ask 2 about hold_over");
  CHECK(call.count("off hold") == 1);
}

TEST_CASE("a caller who holds us is not talked to until they are back") {
  auto call = connected();
  CHECK(call.tell(turns::hold_call{holder::caller, {}, "https://example.com/a.mp3"}) ==
        lines{"on hold by caller for 120000"});
  CHECK(call.tell(say{"Hello?"}).empty());
  call.say("la la la");
  call.log.clear();
  CHECK(call.tell(end_hold{holder::caller}) == lines{"off hold", "ask 1 about hold_over"});
  CHECK(call.tell(end_hold{holder::caller}).empty());
  // They speak before we do.
  call.say("I am back");
  CHECK(call.count("cancel 1 unheard") == 1);
  CHECK(call.log.back() == "ask 2: I am back");
}

TEST_CASE("a caller who is back does not end a hold of ours, but we end one of theirs") {
  auto call = held();
  CHECK(call.tell(end_hold{holder::caller}).empty());
  CHECK(call.state() == "held");
  call = connected();
  call.tell(turns::hold_call{holder::caller});
  CHECK(call.tell(end_hold{}).back() == "ask 1 about hold_over");
}

TEST_CASE("the agent's own hold begins when its words are heard, unless the caller says something") {
  auto call = connected();
  call.say("is he in");
  call.tell(agent_sentence{1, "I will ask him."},
            agent_finished{1, {next::hold, "https://example.com/a.mp3", {}, 45s}}, speech_started{1});
  call.log.clear();
  call.tell(speech_finished{1});
  REQUIRE(call.log.size() == 3);
  CHECK(call.log[1] == "on hold by agent for 45000");
  CHECK(call.log[2] == "sound https://example.com/a.mp3");
  call = connected();
  call.say("is he in");
  call.tell(agent_sentence{1, "I will ask him."}, agent_finished{1, {next::hold}}, speech_started{1});
  call.tell(voice_started{call.now}, partial_transcript{"no thanks"});
  call.wait(300ms);
  call.tell(speech_interrupted{1, "I will"});
  CHECK(call.state() == "listening");
}

TEST_CASE("a call that is held in mid-goodbye stays, one that its caller holds ends with it") {
  for (const auto by : {holder::api, holder::caller}) {
    auto call = connected();
    call.say("bye");
    call.tell(agent_sentence{1, "Goodbye."}, agent_finished{1, {next::hang_up}}, speech_started{1});
    call.tell(turns::hold_call{by}, speech_interrupted{1, "Good"}, speech_finished{1});
    CHECK(call.state() == (by == holder::api ? "held" : "ended"));
  }
}

TEST_CASE("a transfer goes on whoever wants to hold the call") {
  auto call = connected();
  call.say("sales");
  call.tell(agent_sentence{1, "One moment."}, agent_finished{1, {next::transfer, "+1"}}, speech_started{1},
            speech_finished{1});
  CHECK(call.tell(turns::hold_call{}).empty());
  CHECK(call.state() == "away");
}

TEST_CASE("a call that loses its hearing on hold says so when it goes on") {
  auto with = rules();
  with.fallback_reply = "I cannot hear you.";
  auto call = held({}, with);
  CHECK(call.tell(hearing_lost{}).empty());
  CHECK(call.tell(end_hold{}) == lines{"off hold", "speak 1: I cannot hear you. (last)"});
}

TEST_CASE("a call on hold goes on from its value") {
  auto call = held({.sound = "https://example.com/a.mp3", .time = 60s});
  call.wait(20s);
  auto kept = conversation::from_json(call.talk.to_json(call.now), call.now);
  REQUIRE(kept);
  call.talk = std::move(*kept);
  CHECK(call.wait(39'999ms).empty());
  CHECK(call.wait(1ms) == lines{"no sound", "off hold", "ask 1 about hold_over"});
}

TEST_CASE("a caller who asks for a moment gets it, and is asked as ever afterwards") {
  auto call = connected();
  call.say("one moment please");
  call.tell(agent_sentence{1, "Take your time."}, agent_finished{1, {.time = 60s}}, speech_started{1});
  call.log.clear();
  call.tell(speech_finished{1});
  CHECK(call.log.back() == "be patient for 60000");
  call.log.clear();
  CHECK(call.wait(74'999ms).empty());
  CHECK(call.wait(1ms) == lines{"ask 2 about silence"});
}

TEST_CASE("patience ends with the caller's next words, and lasts ten minutes at most") {
  auto call = connected();
  call.say("one moment please");
  call.tell(agent_sentence{1, "Take your time."}, agent_finished{1, {.time = 3600s}}, speech_started{1},
            speech_finished{1});
  CHECK(call.log.back() == "be patient for 600000");
  call.converse(2, "here I am", "Good.");
  call.tell(speech_finished{2});
  call.log.clear();
  CHECK(call.wait(15s) == lines{"ask 3 about silence"});
}
