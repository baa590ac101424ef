#include "protocols/audio/tone_keys.hpp"

#include "protocols/audio/g711.hpp"
#include "tests/lab/dtmf_tones.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

/// A line at 8 or 16 kHz.
struct line {
  explicit line(int per_ms = 8) : per_ms(per_ms) {}

  int per_ms;
  std::vector<std::int16_t> audio;

  line& silence(int ms) {
    audio.resize(audio.size() + static_cast<std::size_t>(ms * per_ms));
    return *this;
  }

  line& key(char which, int ms, double amplitude = 4000) {
    std::vector<std::int16_t> sound(static_cast<std::size_t>(ms * per_ms));
    lab::dtmf_tones(which, 0, sound, amplitude, per_ms * 1000);
    audio.insert(audio.end(), sound.begin(), sound.end());
    return *this;
  }

  line& tones(int ms, double one, double other, double first = 4000, double second = 4000) {
    for (int i = 0; i < ms * per_ms; ++i) {
      const double turns = 2 * std::numbers::pi * i / (per_ms * 1000);
      audio.push_back(
          static_cast<std::int16_t>(first * std::sin(turns * one) + second * std::sin(turns * other)));
    }
    return *this;
  }

  line& with_noise(double deviation) {
    std::mt19937 random(7);
    std::normal_distribution<double> normal(0, deviation);
    for (auto& sample : audio) sample = static_cast<std::int16_t>(std::lround(sample + normal(random)));
    return *this;
  }
};

std::vector<tone_key> heard_in(const line& what, std::size_t piece = 160) {
  tone_keys ears(static_cast<std::uint32_t>(what.per_ms * 1000));
  std::vector<tone_key> all;
  for (std::size_t at = 0; at < what.audio.size(); at += piece) {
    const auto some =
        ears.feed(at, std::span(what.audio).subspan(at, std::min(piece, what.audio.size() - at)));
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

std::string keys_in(const line& what) {
  std::string keys;
  for (const auto& each : heard_in(what)) keys += each.key;
  return keys;
}

constexpr std::string_view every = "0123456789*#ABCD";

}  // namespace

TEST_CASE("every key is heard, once, where its tones begin") {
  for (const int per_ms : {8, 16}) {
    CAPTURE(per_ms);
    line what(per_ms);
    for (const char key : every) what.silence(107).key(key, 80);
    const auto keys = heard_in(what.silence(100));
    REQUIRE(keys.size() == every.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      CHECK(keys[i].key == every[i]);
      const auto began = (i * 187 + 107) * static_cast<std::size_t>(per_ms);
      CHECK(keys[i].position <= began + 13 * static_cast<std::size_t>(per_ms));
      CHECK(keys[i].position + 13 * static_cast<std::size_t>(per_ms) >= began);
    }
  }
}

TEST_CASE("a key that is held down is one press, pressed again it is another") {
  CHECK(keys_in(line().silence(50).key('5', 5000).silence(100)) == "5");
  CHECK(keys_in(line().key('5', 70).silence(60).key('5', 70).silence(60).key('5', 70).silence(60)) == "555");
}

TEST_CASE("keys are heard loud and quiet, and through noise") {
  for (const double amplitude : {12000.0, 1000.0, 400.0}) {
    CAPTURE(amplitude);
    CHECK(keys_in(line().silence(100).key('1', 100, amplitude).silence(100).key('#', 100, amplitude)) ==
          "1#");
  }
  CHECK(keys_in(line().silence(500).key('3', 100).silence(300).key('8', 100).silence(300).with_noise(500)) ==
        "38");
}

TEST_CASE("one tone may be stronger than the other, as lines make it") {
  CHECK(keys_in(line().silence(50).tones(100, 770, 1336, 6000, 3000).silence(50)) == "5");
  CHECK(keys_in(line().silence(50).tones(100, 770, 1336, 3000, 4500).silence(50)) == "5");
}

TEST_CASE("tones that are no key's are none") {
  CHECK(keys_in(line().tones(2000, 425, 425)).empty());
  CHECK(keys_in(line().tones(2000, 440, 480)).empty());
  CHECK(keys_in(line().tones(2000, 350, 440)).empty());
  CHECK(keys_in(line().tones(2000, 770, 770)).empty());
  CHECK(keys_in(line().tones(2000, 1336, 1336)).empty());
  CHECK(keys_in(line().tones(2000, 1100, 2100)).empty());
  CHECK(keys_in(line().tones(2000, 697 * 1.05, 1209 * 1.05)).empty());
  CHECK(keys_in(line().silence(5000).with_noise(3000)).empty());
  CHECK(keys_in(line().silence(100).key('5', 20).silence(100)).empty());
}

TEST_CASE("a key sounds as long as its tones do") {
  tone_keys ears;
  line what;
  what.silence(100).key('9', 200).silence(200);
  std::size_t at = 0;
  const auto until = [&](std::size_t ms) {
    ears.feed(at, std::span(what.audio).subspan(at, ms * 8 - at));
    at = ms * 8;
    return ears.is_sounding();
  };
  CHECK_FALSE(until(100));
  CHECK(until(140));
  CHECK(until(300));
  CHECK_FALSE(until(345));
}

TEST_CASE("keys are heard behind any quiet, and where it is cut") {
  for (const int quiet : {0, 1, 7, 12, 13, 20, 25, 333}) {
    const auto what =
        line().silence(quiet).with_noise(20).key('5', 80).silence(200).with_noise(20).key('5', 80).silence(
            90);
    for (const std::size_t piece : {1, 101, 102, 103, 160, 800}) {
      const auto heard = heard_in(what, piece);
      REQUIRE(heard.size() == 2);
      CHECK(std::abs(static_cast<double>(heard[0].position) - quiet * 8) <= 104);
      CHECK(std::abs(static_cast<double>(heard[1].position) - (quiet + 280) * 8) <= 104);
    }
  }
}

TEST_CASE("how the audio is cut does not matter") {
  for (const int per_ms : {8, 16}) {
    line what(per_ms);
    for (const char key : every) what.silence(93).key(key, 71);
    what.silence(50).with_noise(200);
    const auto whole = heard_in(what, what.audio.size());
    REQUIRE(whole.size() == every.size());
    for (const std::size_t piece : {1, 7, 101, 102, 160, 161, 800}) {
      CAPTURE(piece);
      const auto cut = heard_in(what, piece);
      REQUIRE(cut.size() == whole.size());
      for (std::size_t i = 0; i < cut.size(); ++i) {
        CHECK(cut[i].key == whole[i].key);
        CHECK(cut[i].position == whole[i].position);
      }
    }
  }
}

TEST_CASE("keys are heard in mu-law") {
  line what;
  for (const char key : every) what.silence(80).key(key, 80);
  std::vector<std::uint8_t> bytes(what.audio.size());
  g711::encode_ulaw(what.audio, bytes);
  g711::decode_ulaw(bytes, what.audio);
  const auto keys = heard_in(what);
  REQUIRE(keys.size() == every.size());
  for (std::size_t i = 0; i < keys.size(); ++i) CHECK(keys[i].key == every[i]);
}

TEST_CASE("lost frames in a key do not make it two, and a new place begins anew") {
  line what;
  what.silence(100).key('4', 400).silence(100);
  const auto part = [&](std::size_t from, std::size_t to) {
    return std::span(what.audio).subspan(from * 8, (to - from) * 8);
  };
  tone_keys ears;
  CHECK(ears.feed(0, part(0, 240)).size() == 1);
  CHECK(ears.feed(280 * 8, part(280, 600)).empty());
  CHECK(ears.feed(100'000, part(0, 240)).size() == 1);
  const auto again = ears.feed(0, part(0, 240));
  REQUIRE(again.size() == 1);
  CHECK(again[0].position <= 800 + 13 * 8);
  CHECK(ears.feed(500'000, {}).empty());
  CHECK_FALSE(ears.is_sounding());
}
