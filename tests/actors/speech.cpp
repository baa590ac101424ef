#include "tests/actors/speech_fixture.hpp"

#include <algorithm>
#include <string>

using namespace tandem;
using namespace tandem::test;

TEST_CASE_FIXTURE(speech_fixture, "the socket is asked for the settings' voice and the carrier's codec") {
  settings.speech.url = "ws://127.0.0.1:9/v1/text-to-speech";
  settings.speech.api_key = "secret";
  settings.speech.voice = "rms";
  spawn(false);
  CHECK(peer().request.to == peer::speech);
  CHECK(peer().request.url.starts_with("ws://127.0.0.1:9/v1/text-to-speech/rms/multi-stream-input?"));
  CHECK(peer().request.url.find("output_format=ulaw_8000") != std::string::npos);
  CHECK(peer().request.url.find("inactivity_timeout=180") != std::string::npos);
  CHECK(peer().request.headers.at(0) == std::pair<std::string, std::string>("xi-api-key", "secret"));
  end(actor);
  settings.carrier.codec = telnyx::codec::pcma;
  spawn(false);
  CHECK(peer().request.url.find("output_format=alaw_8000") != std::string::npos);
}

TEST_CASE_FIXTURE(speech_fixture, "a turn's audio reaches the carrier unchanged, and then the turn is over") {
  spawn();
  const auto audio = say(1, "Good morning to you.");
  CHECK(dialogue->is<speech_arrived>(0));
  CHECK(dialogue->is<speech_started>(1));
  host.advance(1s);
  CHECK(carrier.audio() == audio);
  CHECK(dialogue->count<speech_finished>() == 0);
  return_mark();
  REQUIRE(dialogue->count<speech_finished>() == 1);
  CHECK(dialogue->last<speech_finished>().turn == 1);
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you.");
  CHECK(measure.outbound_frames(frame_outcome::ok).Value() == static_cast<double>(audio.size() / 160));
  CHECK(measure.playout_buffer_bytes->Value() == 0);
}

TEST_CASE_FIXTURE(speech_fixture,
                  "the first audio says when it was read and sent, and when its word will have been played") {
  spawn();
  const auto open_since = host.now();
  host.advance(1s);
  tell(actor, speak{1, "Good morning.", true});
  const auto given_at = host.now();
  host.advance(90ms);
  const auto read_at = host.now();
  synthesise("Good morning.");
  REQUIRE(dialogue->count<speech_arrived>() == 1);
  const auto arrived = dialogue->last<speech_arrived>();
  CHECK(arrived.open_since == open_since);
  CHECK(arrived.given_at == given_at);
  CHECK(arrived.read_at == read_at);
  REQUIRE(dialogue->count<speech_started>() == 1);
  const auto started = dialogue->last<speech_started>();
  CHECK(started.sent_at == read_at);
  CHECK(started.own == 0ms);
  CHECK(started.word_due > read_at);
  CHECK(started.word_due < read_at + 2s);
  host.advance(1s);
  const auto marked_at = host.now();
  return_mark();
  REQUIRE(dialogue->count<speech_heard>() == 1);
  CHECK(dialogue->last<speech_heard>().marked_at == marked_at);
}

TEST_CASE_FIXTURE(speech_fixture, "sentences go out whole, with a blank and a flush, in one context") {
  spawn();
  tell(actor, speak{1, "One moment.", false});
  tell(actor, speak{1, "Here it is. ", false});
  const auto sent = sent_to(peer());
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].text == " ");
  CHECK_FALSE(sent[0].flush);
  CHECK(sent[1].text == "One moment. ");
  CHECK(sent[1].flush);
  CHECK(sent[2].flush);
  CHECK(sent[2].text.ends_with("Here it is. "));
  CHECK(sent[0].context == sent[2].context);
  CHECK(closes(peer()) == 0);
}

TEST_CASE_FIXTURE(speech_fixture, "a context is closed only behind its first audio") {
  spawn();
  tell(actor, speak{1, "Yes, of course.", true});
  CHECK(closes(peer()) == 0);
  synthesise("Yes, ");
  CHECK(closes(peer()) == 1);
  synthesise("of course.");
  finish();
  CHECK(closes(peer()) == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "a turn whose last mark never comes is over 2 s after its audio") {
  spawn();
  say(1, "Good morning to you.");
  host.advance(2900ms);
  CHECK(dialogue->count<speech_finished>() == 0);
  host.advance(200ms);
  CHECK(dialogue->count<speech_finished>() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "a turn without words is over at once") {
  spawn();
  tell(actor, speak{1, "", true});
  CHECK(dialogue->count<speech_finished>() == 1);
  CHECK(peer().sent.empty());
}

TEST_CASE_FIXTURE(speech_fixture, "marks tell the dialogue how far the caller has heard") {
  spawn();
  say(1, "Good morning to you.");
  host.advance(400ms);
  // 800 ms have been sent, "to" ends at 750.
  return_mark();
  return_mark();
  REQUIRE(dialogue->count<speech_heard>() == 1);
  CHECK(dialogue->last<speech_heard>().heard_text == "Good morning to");
}

TEST_CASE_FIXTURE(speech_fixture, "after a pause the agent goes on behind the last word heard") {
  spawn();
  const auto audio = say(1, "Good morning to you.");
  host.advance(300ms);
  tell(actor, pause_speech{1});
  CHECK(carrier.cleared_at == std::vector{host.now()});
  const auto before = carrier.chunks.size();
  host.advance(3s);
  CHECK(carrier.chunks.size() == before);
  CHECK(dialogue->count<speech_finished>() == 0);
  carrier.chunks.clear();
  tell(actor, resume_speech{1});
  host.advance(2s);
  // 300 ms were played: "Good" ends at 200, "morning" at 600.
  CHECK(carrier.audio() == bytes(audio.begin() + 4 * 400, audio.end()));
  return_mark();
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you.");
  CHECK(dialogue->count<speech_started>() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "after a pause and a stop only what was heard counts") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", false});
  synthesise("Good morning ");
  host.advance(300ms);
  tell(actor, pause_speech{1});
  host.advance(500ms);
  tell(actor, stop_speech{1});
  CHECK(carrier.cleared_at.size() == 1);
  CHECK(closes(peer()) == 1);
  REQUIRE(dialogue->count<speech_interrupted>() == 1);
  CHECK(dialogue->last<speech_interrupted>().turn == 1);
  CHECK(dialogue->last<speech_interrupted>().heard_text == "Good");
  CHECK(measure.playout_buffer_bytes->Value() == 0);
  host.advance(5s);
  CHECK(dialogue->count<speech_finished>() == 0);
}

TEST_CASE_FIXTURE(speech_fixture, "a stop without a pause clears the carrier") {
  spawn();
  say(1, "Good morning to you.");
  host.advance(700ms);
  tell(actor, stop_speech{1});
  CHECK(carrier.cleared_at.size() == 1);
  CHECK(dialogue->last<speech_interrupted>().heard_text == "Good morning");
}

TEST_CASE_FIXTURE(speech_fixture, "late audio of a cancelled context never leaves") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", false});
  const auto first = context();
  synthesise("Good ");
  tell(actor, stop_speech{1});
  carrier.chunks.clear();
  synthesise("morning to you.", first);
  host.advance(1s);
  CHECK(carrier.chunks.empty());
  tell(actor, speak{2, "Sorry.", true});
  CHECK(context() != first);
  synthesise("to you.", first);
  finish(first);
  const auto audio = synthesise("Sorry.");
  finish();
  host.advance(1s);
  CHECK(carrier.audio() == audio);
}

TEST_CASE_FIXTURE(speech_fixture, "a mark that a clear returned proves nothing") {
  spawn();
  say(1, "Good morning to you.");
  host.advance(300ms);
  const auto marks = carrier.marks;
  tell(actor, pause_speech{1});
  for (const auto& each : marks) path->speech->mark_returned(each);
  tell(actor, stop_speech{1});
  CHECK(dialogue->last<speech_interrupted>().heard_text == "Good");
}

TEST_CASE_FIXTURE(speech_fixture, "a reply that may not be played tells every second that it waits") {
  const auto pass = std::make_shared<call_pass>();
  pass->close();
  path->pass.set(pass);
  spawn();
  say(1, "Good morning to you.");
  host.advance(10s);
  CHECK(carrier.chunks.empty());
  CHECK(dialogue->count<speech_heard>() >= 9);
  CHECK(dialogue->count<speech_heard>() <= 11);
  CHECK(dialogue->last<speech_heard>().heard_text.empty());
  CHECK(dialogue->count<speech_started>() == 0);
  pass->open();
  host.advance(200ms);
  CHECK(dialogue->count<speech_started>() == 1);
  CHECK_FALSE(carrier.chunks.empty());
}

TEST_CASE_FIXTURE(speech_fixture, "a newer turn takes the place of one still spoken") {
  spawn();
  say(1, "Good morning to you.");
  host.advance(700ms);
  tell(actor, speak{2, "Stop.", true});
  CHECK(dialogue->last<speech_interrupted>().turn == 1);
  tell(actor, speak{1, "again", true});
  synthesise("Stop.");
  finish();
  host.advance(300ms);
  return_mark();
  CHECK(dialogue->last<speech_finished>().turn == 2);
  CHECK(text_of(peer()).find("again") == std::string::npos);
}

TEST_CASE_FIXTURE(speech_fixture, "what the synthesiser is given is the call's usage, in characters") {
  spawn();
  tell(actor, speak{1, "Grüß Gott. ", false});
  CHECK(call->last<usage_grew>().by.tts_characters == 11);
}

TEST_CASE_FIXTURE(speech_fixture, "an idle socket is kept alive, a context in use by its name") {
  spawn();
  host.advance(10s);
  REQUIRE(peer().sent.size() == 1);
  CHECK(sent_to(peer())[0].context.empty());
  CHECK(sent_to(peer())[0].text.empty());
  tell(actor, speak{1, "One moment.", false});
  synthesise("One moment.");
  host.advance(11s);
  const auto last = sent_to(peer()).back();
  CHECK(last.context == context());
  CHECK(last.text.empty());
  CHECK_FALSE(last.flush);
}

TEST_CASE_FIXTURE(speech_fixture, "an ended actor leaves no timer, link, byte or place in the path") {
  spawn();
  say(1, "Good morning to you.");
  host.advance(300ms);
  CHECK(measure.playout_buffer_bytes->Value() > 0);
  CHECK(live(actor_kind::speech) == 1);
  end(actor);
  actor = speech_actor{};
  CHECK(live(actor_kind::speech) == 0);
  CHECK(host.armed_timers() == 0);
  CHECK(peer().dropped);
  CHECK(path->speech == nullptr);
  CHECK(measure.playout_buffer_bytes->Value() == 0);
}
