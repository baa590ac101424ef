#include "tests/lab/tests/scribe_client.hpp"

using namespace tandem;
using namespace tandem::lab;
using namespace tandem::lab::test_scribe;
using namespace std::chrono_literals;

TEST_CASE("a session starts 200 ms after it was opened") {
  client one("audio_format=ulaw_8000&language_code=en");
  one.home.advance(199ms);
  CHECK(one.count() == 0);
  one.home.advance(1ms);
  auto started = one.message<scribe::session_started>(0);
  REQUIRE(started);
  CHECK(started->audio_format == "ulaw_8000");
  CHECK(started->sample_rate == 8000);
  CHECK(!started->session_id.empty());
}

TEST_CASE("the text of a commit comes 210 to 300 ms after it, and commits are answered in order") {
  client one;
  one.home.advance(200ms);
  one.voice(400ms);
  one.commit();
  one.home.advance(209ms);
  CHECK(one.count() == 1);
  one.home.advance(91ms);
  REQUIRE(one.message<scribe::committed>(1));
  CHECK(one.message<scribe::committed>(1)->text == "Hello, a table please.");
  one.voice(400ms, true);
  one.voice(400ms, true);
  one.home.advance(1s);
  REQUIRE(one.message<scribe::committed>(2));
  CHECK(one.message<scribe::committed>(2)->text == "For four.");
  REQUIRE(one.message<scribe::committed>(3));
  CHECK(one.message<scribe::committed>(3)->text == "Hello, a table please.");
  CHECK(one.audio_bytes == 3 * 3200);
}

TEST_CASE("a committed silence has an empty text") {
  client one;
  one.silence(500ms);
  one.commit();
  one.home.advance(1s);
  REQUIRE(one.message<scribe::committed>(1));
  CHECK(one.message<scribe::committed>(1)->text.empty());
}

TEST_CASE("the first partial needs two seconds of audio, the next one second each") {
  client one;
  one.home.advance(200ms);
  for (int i = 0; i < 19; ++i) one.voice(100ms);
  CHECK(one.count() == 1);
  one.voice(100ms);
  REQUIRE(one.message<scribe::partial>(1));
  CHECK(one.message<scribe::partial>(1)->text == "Hello, a table please.");
  for (int i = 0; i < 9; ++i) one.voice(100ms);
  CHECK(one.count() == 2);
  one.voice(100ms);
  CHECK(one.message<scribe::partial>(2));
}

TEST_CASE("silence makes no partial") {
  client one;
  for (int i = 0; i < 50; ++i) one.silence(100ms);
  one.home.advance(1s);
  CHECK(one.count() == 1);
}

TEST_CASE("every fourth commit is echoed as a partial") {
  client one;
  one.home.advance(200ms);
  for (int i = 0; i < 4; ++i) {
    one.voice(400ms, true);
    one.home.advance(1s);
  }
  REQUIRE(one.count() == 6);
  REQUIRE(one.message<scribe::partial>(5));
  CHECK(one.message<scribe::partial>(5)->text == "For four.");
}

TEST_CASE("a commit of less than 0.3 s is throttled and ends the session with 1000") {
  client one;
  one.home.advance(200ms);
  one.voice(290ms, true);
  one.home.advance(179ms);
  CHECK(one.count() == 1);
  one.home.advance(1ms);
  CHECK(one.failed_with(scribe::error_type::commit_throttled, 1000));
  CHECK(one.message<scribe::error>(1)->text.find("only 0.29s of") != std::string_view::npos);
  one.voice(1s, true);
  one.home.advance(1min);
  CHECK(one.count() == 2);
}

TEST_CASE("a client that is silent for 15.7 s is closed with 1000 and no word") {
  client one;
  one.home.advance(15s);
  one.silence(20ms);
  one.home.advance(15699ms);
  CHECK(one.peer->closed_with == 0);
  one.home.advance(1ms);
  CHECK(one.peer->closed_with == 1000);
  CHECK(one.count() == 1);
}

TEST_CASE("36.5 s of audio commit themselves") {
  client one;
  one.home.advance(200ms);
  for (int i = 0; i < 36; ++i) one.voice(1s);
  one.home.advance(300ms);
  auto before = one.count();
  one.voice(500ms);
  one.home.advance(300ms);
  REQUIRE(one.count() == before + 1);
  CHECK(one.message<scribe::committed>(before));
}

TEST_CASE("timestamps follow the text, make it up, and count on over commits") {
  client one("audio_format=ulaw_8000&include_timestamps=true");
  one.home.advance(200ms);
  for (int i = 0; i < 2; ++i) {
    one.silence(1s);
    one.voice(1s, true);
    one.home.advance(1s);
  }
  REQUIRE(one.count() == 5);
  CHECK(one.message<scribe::committed>(1));
  auto stamped = one.message<scribe::committed_with_timestamps>(2);
  REQUIRE(stamped);
  std::string text;
  double last = 0;
  for (const auto& word : stamped->words) {
    text += word.text;
    CHECK(word.start >= last);
    CHECK(word.end >= word.start);
    last = word.end;
  }
  CHECK(text == "Hello, a table please.");
  CHECK(stamped->words[0].start == doctest::Approx(1));
  CHECK(stamped->words[1].type == scribe::word_type::spacing);
  CHECK(one.message<scribe::committed>(3));
  REQUIRE(one.message<scribe::committed_with_timestamps>(4));
  CHECK(one.message<scribe::committed_with_timestamps>(4)->words[0].start == doctest::Approx(3));
}

TEST_CASE("in vad mode the server commits after the silence that was asked for") {
  client one("audio_format=ulaw_8000&commit_strategy=vad&vad_silence_threshold_secs=0.5");
  one.home.advance(200ms);
  one.silence(1s);
  std::uint8_t loudness = 0x80;
  for (int i = 0; i < 25; ++i) one.audio(20ms, false, loudness ^= 0x10);
  one.silence(400ms);
  one.home.advance(300ms);
  CHECK(one.count() == 1);
  one.silence(400ms);
  one.home.advance(300ms);
  REQUIRE(one.message<scribe::committed>(1));
  one.silence(1s);
  one.home.advance(300ms);
  CHECK(one.count() == 2);
}

TEST_CASE("what cannot be answered is refused as Scribe does") {
  using enum scribe::error_type;
  SUBCASE("a bad parameter") {
    client one("audio_format=mp3");
    CHECK(one.failed_with(invalid_request, 1008));
  }
  SUBCASE("a format that the lab cannot hear") {
    client one("audio_format=pcm_48000");
    CHECK(one.failed_with(invalid_request, 1008));
  }
  SUBCASE("a full recogniser") {
    odd_recogniser ears;
    ears.full = true;
    client one("audio_format=ulaw_8000", &ears);
    CHECK(one.failed_with(resource_exhausted, 1000));
  }
  SUBCASE("a recogniser that never answers") {
    odd_recogniser ears;
    client one("audio_format=ulaw_8000", &ears);
    one.voice(1s, true);
    one.home.advance(4999ms);
    CHECK(one.peer->closed_with == 0);
    one.home.advance(1ms);
    CHECK(one.failed_with(transcriber_error, 1000));
  }
  SUBCASE("audio faster than it can be heard") {
    odd_recogniser ears;
    ears.overflowing = true;
    client one("audio_format=ulaw_8000", &ears);
    one.voice(1s);
    CHECK(one.failed_with(queue_overflow, 1000));
  }
  SUBCASE("commits faster than they can be answered") {
    client one;
    for (int i = 0; i < 17; ++i) one.voice(1s, true);
    CHECK(one.failed_with(queue_overflow, 1000));
  }
}

TEST_CASE("a chunk that is wrong ends the session with input_error") {
  client one;
  SUBCASE("no JSON") { one.peer->text("{"); }
  SUBCASE("another message") { one.peer->text(R"({"message_type":"commit"})"); }
  SUBCASE("no base64") { one.peer->text(R"({"message_type":"input_audio_chunk","audio_base_64":"??"})"); }
  SUBCASE("another rate") {
    one.peer->text(R"({"message_type":"input_audio_chunk","audio_base_64":"","sample_rate":16000})");
  }
  SUBCASE("a late context") {
    one.voice(100ms);
    one.peer->text(R"({"message_type":"input_audio_chunk","audio_base_64":"","previous_text":"x"})");
  }
  CHECK(one.failed_with(scribe::error_type::input_error, 1000));
}

TEST_CASE("a chunk of more than 15 s is too large") {
  client one;
  one.voice(15001ms);
  CHECK(one.failed_with(scribe::error_type::chunk_size_exceeded, 1000));
}

TEST_CASE("the end of the connection is told once") {
  client one;
  one.peer->close(1006, "");
  CHECK(one.gone);
}
