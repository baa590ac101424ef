#include "tests/lab/phone.hpp"

#include "protocols/audio/g711.hpp"
#include "protocols/audio/tone_keys.hpp"
#include "protocols/telnyx/media.hpp"
#include "tests/actors/fake_link.hpp"
#include "tests/actors/test_loop.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// Says one byte, and keeps the first of each 20 ms that are heard.
struct listener final : person {
  void speak(moment, frame& out) override { out.fill(0x11); }
  void hear(moment, const frame& sound, bool is_audio) override {
    if (is_audio) heard.push_back(sound.front());
  }
  char presses(moment) override { return std::exchange(key, char{0}); }
  bool hangs_up(moment) override { return leaves; }

  std::vector<std::uint8_t> heard;
  bool leaves = false;
  char key = 0;
};

/// A phone whose engine is the test.
struct phone_fixture {
  explicit phone_fixture(std::chrono::milliseconds away = 0ms) : phone_fixture(line{}, away) {}

  explicit phone_fixture(line over, std::chrono::milliseconds away = 0ms) {
    over.stream_url = "ws://engine/telnyx/media/token";
    over.call_control_id = "v3:a";
    over.to_engine = over.from_engine = away;
    subject = std::make_unique<phone>(home, connector, over, who, [this](std::string why) { over_ = why; });
    engine = connector.peers.front();
    engine->open();
    home.run();
  }

  /// How many messages of this event the engine got.
  std::size_t got(const std::string& event) const {
    return static_cast<std::size_t>(std::ranges::count_if(engine->sent, [&](const auto& text) {
      return text.find(R"("event":")" + event + '"') != std::string::npos;
    }));
  }

  /// The code of the newest complaint; 0 without one.
  int complaint() const {
    for (auto text = engine->sent.rbegin(); text != engine->sent.rend(); ++text) {
      auto copy = *text;
      const auto event = telnyx::decode_event({copy.data(), copy.size()});
      if (!event) continue;
      if (const auto* error = std::get_if<telnyx::stream_error>(&*event))
        return static_cast<int>(error->code);
    }
    return 0;
  }

  void media(std::size_t frames) {
    std::string text;
    telnyx::append_media(text, std::vector<std::uint8_t>(frames * frame_bytes, 0x22));
    engine->text(text);
  }
  void mark(const std::string& name) {
    std::string text;
    telnyx::append_mark(text, name);
    engine->text(text);
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  test::test_loop home{system};
  test::fake_connector connector;
  listener who;
  std::unique_ptr<phone> subject;
  std::shared_ptr<test::fake_peer> engine;
  std::string over_;
};

}  // namespace

TEST_CASE("a phone says who calls and then sends a frame every 20 ms") {
  phone_fixture it;
  CHECK(it.got("connected") == 1);
  CHECK(it.got("start") == 1);
  it.home.advance(1s);
  CHECK(it.got("media") == 50);
  CHECK(it.subject->counts().frames_sent == 50);
}

TEST_CASE("a phone plays what it gets in real time and gives back marks when they are reached") {
  phone_fixture it;
  it.media(5);
  it.mark("m");
  it.home.advance(80ms);
  CHECK(it.who.heard.size() == 4);
  CHECK(it.got("mark") == 0);
  it.home.advance(20ms);
  CHECK(it.got("mark") == 1);
  it.media(50);
  it.mark("n");
  it.engine->text(R"({"event":"clear"})");
  CHECK(it.got("mark") == 2);
  it.home.advance(100ms);
  CHECK(it.who.heard.size() == 5);
  CHECK(it.subject->counts().clears == 1);
}

TEST_CASE("a phone complains of a broken frame and of broken audio as Telnyx does") {
  phone_fixture it;
  it.engine->text("{");
  CHECK(it.complaint() == 100003);
  it.engine->text(R"({"event":"media","media":{"payload":"!"}})");
  CHECK(it.complaint() == 100004);
  CHECK(it.subject->counts().faults == 2);
}

TEST_CASE("a phone speaks and hears every codec, whichever the engine sends") {
  using telnyx::codec;
  for (const auto mine : {codec::pcmu, codec::g722, codec::l16, codec::opus}) {
    for (const auto engines : {codec::unknown, codec::pcmu, codec::g722, codec::l16, codec::opus}) {
      CAPTURE(telnyx::to_string(mine));
      CAPTURE(telnyx::to_string(engines));
      phone_fixture it(line{.codec = mine, .from_engine_codec = engines});
      const auto sent = engines == codec::unknown ? mine : engines;
      l16_order order;
      const auto encoder = make_encoder(sent, 16000, 16000, order);
      std::vector<std::uint8_t> payload;
      for (int n = 0; n < 10; ++n) {
        encoder->encode(std::vector<std::int16_t>(320, 1000), payload);
        std::string text;
        telnyx::append_media(text, payload);
        it.engine->text(text);
      }
      it.home.advance(300ms);
      CHECK(it.subject->counts().faults == 0);
      CHECK(it.who.heard.size() == 10);
      CHECK(it.got("media") == 15);
      const auto decoder = make_decoder({mine, 0, 1}, 16000, order);
      auto text = it.engine->sent.back();
      const auto event = telnyx::decode_event({text.data(), text.size()});
      REQUIRE(event);
      std::vector<std::int16_t> heard;
      REQUIRE(decoder->decode(std::get<telnyx::media>(*event).payload, heard));
      // A resampler that begins keeps a few samples back.
      CHECK(heard.size() >= 250);
      CHECK(heard.size() <= 320);
    }
  }
}

TEST_CASE("a phone takes an Opus message that is not one frame of 20 ms for a fault") {
  phone_fixture it(line{.codec = telnyx::codec::opus});
  l16_order order;
  const auto encoder = make_encoder(telnyx::codec::opus, 16000, 16000, order);
  std::vector<std::uint8_t> payload;
  encoder->encode(std::vector<std::int16_t>(640, 1000), payload);
  REQUIRE_FALSE(payload.empty());
  std::string text;
  telnyx::append_media(text, payload);
  it.engine->text(text);
  CHECK(it.subject->counts().faults == 1);
}

TEST_CASE("a phone that is far away sends and hears everything so much later") {
  phone_fixture it(100ms);
  CHECK(it.got("start") == 0);
  it.media(1);
  it.home.advance(80ms);
  CHECK(it.got("start") == 0);
  CHECK(it.who.heard.empty());
  it.home.advance(40ms);
  CHECK(it.got("start") == 1);
  CHECK(it.who.heard.size() == 1);
}

TEST_CASE("a key that the person presses is told once") {
  phone_fixture it;
  it.who.key = '#';
  it.home.advance(100ms);
  CHECK(it.got("dtmf") == 1);
  auto told =
      *std::ranges::find_if(it.engine->sent, [](const auto& text) { return text.find("dtmf") != text.npos; });
  const auto event = telnyx::decode_event({told.data(), told.size()});
  REQUIRE(event);
  const auto* pressed = std::get_if<telnyx::dtmf>(&*event);
  REQUIRE(pressed != nullptr);
  CHECK(pressed->digit == '#');
}

TEST_CASE("events of keys that are on their way together may overtake each other, and keep their times") {
  line over;
  over.key_event_delay = 100ms;
  over.swaps_key_events = true;
  phone_fixture it(over);
  for (const char key : {'1', '2', '3', '4', '#'}) {
    it.who.key = key;
    it.home.advance(20ms);
  }
  it.home.advance(200ms);
  std::string keys;
  std::map<std::string, char> by_time;
  for (auto& text : it.engine->sent) {
    const auto event = telnyx::decode_event({text.data(), text.size()});
    const auto* pressed = event ? std::get_if<telnyx::dtmf>(&*event) : nullptr;
    if (pressed == nullptr) continue;
    keys += pressed->digit;
    by_time[std::string(pressed->occurred_at)] = pressed->digit;
  }
  CHECK(keys == "2143#");
  std::string in_order;
  for (const auto& [time, key] : by_time) in_order += key;
  CHECK(in_order == "1234#");
}

TEST_CASE("a line may tell of keys by their tones, or by both, the event later") {
  for (const auto how : {key_telling::tones, key_telling::both}) {
    line over;
    over.keys = how;
    over.key_event_delay = 400ms;
    phone_fixture it(over);
    it.who.key = '4';
    it.home.advance(380ms);
    CHECK(it.got("dtmf") == 0);
    it.who.key = '4';
    it.home.advance(820ms);
    CHECK(it.got("dtmf") == (how == key_telling::both ? 2 : 0));
    tone_keys ears;
    std::string keys;
    std::uint64_t position = 0;
    for (auto& text : it.engine->sent) {
      const auto event = telnyx::decode_event({text.data(), text.size()});
      const auto* media = event ? std::get_if<telnyx::media>(&*event) : nullptr;
      if (media == nullptr) continue;
      std::vector<std::int16_t> sound(media->payload.size());
      g711::decode_ulaw(media->payload, sound);
      for (const auto& each : ears.feed(position, sound)) keys += each.key;
      position += media->payload.size();
    }
    CHECK(keys == "44");
  }
}

TEST_CASE("a person who puts the phone down stops the stream, and nothing is sent behind it") {
  phone_fixture it;
  it.who.leaves = true;
  it.home.advance(20ms);
  CHECK(it.got("stop") == 1);
  CHECK(it.engine->closed_with == 1000);
  const auto sent = it.engine->sent.size();
  it.home.advance(1s);
  CHECK(it.engine->sent.size() == sent);
  it.engine->close(1000, "");
  CHECK(it.subject->hung_up());
  CHECK(it.home.armed_timers() == 0);
}

}  // namespace tandem::lab
