#include "tests/lab/scribe_session.hpp"

#include "protocols/scribe.hpp"
#include "tests/actors/fake_link.hpp"
#include "tests/actors/test_loop.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::lab;
using namespace std::chrono_literals;

namespace {

/// A recogniser that is full, or takes everything and never answers.
struct odd_recogniser : recogniser {
  struct deaf : recognition {
    bool hear(std::span<const std::int16_t>) override { return !overflowing; }
    void guess(answer) override {}
    void conclude(answer) override {}
    bool overflowing = false;
  };

  std::unique_ptr<recognition> open(unsigned, post_function) override {
    if (full) return nullptr;
    auto made = std::make_unique<deaf>();
    made->overflowing = overflowing;
    return made;
  }

  bool full = false;
  bool overflowing = false;
};

/// A session whose client is the test, in virtual time.
struct client {
  explicit client(std::string_view query = "audio_format=ulaw_8000", recogniser* other = nullptr) {
    session = std::make_unique<scribe_session>(
        behaviour, other ? *other : *ears, std::make_unique<test::fake_link>(home, peer), key, query,
        [this](std::span<const std::uint8_t> audio) { audio_bytes += audio.size(); },
        [this] { gone = true; });
    home.run();
  }

  ~client() {
    session.reset();
    home.run();
    CHECK(home.armed_timers() == 0);
    CHECK(peer->dropped);
  }

  void audio(std::chrono::milliseconds length, bool commit = false, std::uint8_t byte = 0x90) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(length.count()) * 8, byte);
    std::string text;
    scribe::append_audio_chunk(text, bytes, commit, 8000);
    peer->text(text);
    home.run();
  }
  void voice(std::chrono::milliseconds length, bool commit = false) { audio(length, commit); }
  void silence(std::chrono::milliseconds length) { audio(length, false, 0xff); }
  void commit() { audio(0ms, true); }

  /// The n-th message, when it is there and of this kind.
  template <class Message>
  std::optional<Message> message(std::size_t n) {
    if (n >= peer->sent.size()) return std::nullopt;
    copy = peer->sent[n];
    auto decoded = scribe::decode_message(copy);
    if (!decoded || !std::holds_alternative<Message>(*decoded)) return std::nullopt;
    return std::get<Message>(*decoded);
  }

  std::size_t count() const { return peer->sent.size(); }
  bool failed_with(scribe::error_type type, std::uint16_t code) {
    auto last = count() == 0 ? std::nullopt : message<scribe::error>(count() - 1);
    return last && last->type == type && peer->closed_with == code;
  }

  scribe_behaviour behaviour;
  std::string key = "k";
  std::unique_ptr<recogniser> ears = make_scripted_recogniser({"Hello, a table please.", "For four."});
  caf::actor_system_config config;
  caf::actor_system system{config};
  test::test_loop home{system};
  std::shared_ptr<test::fake_peer> peer = std::make_shared<test::fake_peer>();
  std::size_t audio_bytes = 0;
  bool gone = false;
  std::string copy;
  std::unique_ptr<scribe_session> session;
};

}  // namespace

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
  std::uint8_t wave = 0;
  for (int i = 0; i < 5; ++i) one.audio(100ms, false, wave ^= 0x80);
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
