#include "tests/actors/speech_fixture.hpp"

#include <chrono>
#include <string>

using namespace tandem;
using namespace tandem::test;

TEST_CASE_FIXTURE(speech_fixture, "audio leaves in chunks of 100 ms with a lead of 400 ms at most") {
  spawn();
  const auto begin = host.now();
  say(1, std::string(60, 'a'));
  host.advance(4s);
  CHECK(carrier.chunks.size() == 30);
  for (std::size_t i = 0; i < carrier.chunks.size(); ++i) {
    CHECK(carrier.chunks[i].audio.size() == 800);
    const auto played_to = begin + std::chrono::milliseconds(100 * (i + 1));
    CHECK(played_to - carrier.chunks[i].at <= 400ms);
  }
}

TEST_CASE_FIXTURE(speech_fixture,
                  "the synthesiser is not read while the queue is full, and no byte is lost") {
  settings.limits.buffer_bytes = 64'000;
  spawn();
  tell(actor, speak{1, std::string(200, 'a'), false});
  bytes audio;
  bool was_paused = false;
  for (int sent = 0; sent < 20;) {
    if (!peer().paused) {
      const auto more = synthesise(std::string(10, 'a'));
      audio.insert(audio.end(), more.begin(), more.end());
      ++sent;
    }
    was_paused = was_paused || peer().paused;
    CHECK(measure.playout_buffer_bytes->Value() <= 32'000 + 4000 + 24'000);
    host.advance(100ms);
  }
  tell(actor, speak{1, "", true});
  finish();
  host.advance(12s);
  CHECK(was_paused);
  CHECK_FALSE(peer().paused);
  CHECK(carrier.audio() == audio);
}

TEST_CASE_FIXTURE(speech_fixture, "audio waits for the carrier's stream, and the source with it") {
  settings.limits.buffer_bytes = 16'000;
  path->playout = nullptr;
  spawn();
  const auto audio = say(1, "Good morning to you, caller.");
  host.advance(5s);
  CHECK(carrier.chunks.empty());
  CHECK(peer().paused);
  CHECK(dialogue->count<speech_started>() == 0);
  path->playout = &carrier;
  path->speech->playout_writable();
  host.advance(2s);
  CHECK(carrier.audio() == audio);
  CHECK_FALSE(peer().paused);
  CHECK(dialogue->count<speech_started>() == 1);
}

TEST_CASE_FIXTURE(speech_fixture, "what a lost stream cannot have played is sent to the next one") {
  spawn();
  const auto audio = say(1, "Good morning to you.");
  host.advance(300ms);
  path->playout = nullptr;
  path->speech->playout_lost();
  host.advance(2s);
  CHECK(dialogue->count<speech_finished>() == 0);
  carrier.chunks.clear();
  path->playout = &carrier;
  path->speech->playout_writable();
  host.advance(2s);
  CHECK(carrier.audio() == bytes(audio.begin() + 4 * 400, audio.end()));
  CHECK(carrier.cleared_at.empty());
  return_mark();
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you.");
}

TEST_CASE_FIXTURE(speech_fixture, "a full stream is sent nothing until it can take more") {
  spawn();
  carrier.writable = false;
  const auto audio = say(1, "Good morning to you.");
  host.advance(5s);
  CHECK(carrier.chunks.size() == 1);
  carrier.writable = true;
  path->speech->playout_writable();
  host.advance(2s);
  CHECK(carrier.audio() == audio);
}

TEST_CASE_FIXTURE(speech_fixture,
                  "one mark follows each chunk that ends a word, also of a reply taken up again") {
  spawn();
  say(1, "Good morning to you, caller.");
  host.advance(700ms);
  CHECK(carrier.marks == std::vector<std::string>{"1.1600", "1.4800", "1.6400", "1.8000"});
  tell(actor, pause_speech{1});
  carrier.marks.clear();
  tell(actor, resume_speech{1});
  host.advance(2s);
  CHECK(carrier.marks == std::vector<std::string>{"1.6400.1", "1.8000.1", "1.11200.1"});
}

TEST_CASE_FIXTURE(speech_fixture,
                  "audio in small pieces has a mark behind each word, and one before the first is known") {
  spawn();
  tell(actor, speak{1, "Good morning to you, caller.", true});
  for (const auto* piece : {"Go", "od", " m", "or", "ni", "ng", " to", " yo", "u,", " call", "er."}) {
    synthesise(piece);
    host.advance(120ms);
  }
  finish();
  host.advance(2s);
  CHECK(carrier.chunks.size() > 11);
  CHECK(carrier.marks ==
        std::vector<std::string>{"1.800", "1.1600", "1.4800", "1.6720", "1.8000", "1.11200"});
}
