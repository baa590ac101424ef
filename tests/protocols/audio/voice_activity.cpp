#include "protocols/audio/voice_activity.hpp"

#include "protocols/audio/g711.hpp"
#include "protocols/audio/tone_keys.hpp"
#include "tests/lab/dtmf_tones.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <utility>

#include <doctest/doctest.h>

using namespace tandem;
using kind = voice_change::kind;

namespace {

constexpr int per_ms = 8;

double amplitude(double dbfs) { return 32768 * std::pow(10, dbfs / 20); }

/// A line on which sounds are laid one after the other and one over the other.
struct line {
  std::vector<double> audio;
  std::mt19937 random{7};
  std::normal_distribution<double> normal;

  line& silence(int ms) {
    audio.resize(audio.size() + static_cast<std::size_t>(ms * per_ms));
    return *this;
  }

  line& tone(int ms, double dbfs, double hertz = 440) {
    const double peak = amplitude(dbfs) * std::numbers::sqrt2;
    for (int i = 0; i < ms * per_ms; ++i)
      audio.push_back(peak * std::sin(2 * std::numbers::pi * hertz * i / 8000));
    return *this;
  }

  /// Pulses of a glottis at about 120 Hz, uneven as a throat makes them, through two resonances.
  std::vector<double> vowel_sound(int ms, double dbfs) {
    std::vector<double> sound(static_cast<std::size_t>(ms * per_ms));
    std::uniform_real_distribution<double> uneven(-1, 1);
    for (std::size_t i = 0; i < sound.size(); i += static_cast<std::size_t>(67 + 3 * uneven(random)))
      sound[i] = 1 + 0.2 * uneven(random);
    for (const double hertz : {700.0, 1200.0}) {
      const double radius = 0.96;
      const double turn = 2 * radius * std::cos(2 * std::numbers::pi * hertz / 8000);
      double one = 0;
      double two = 0;
      for (double& sample : sound) {
        const double out = sample + turn * one - radius * radius * two;
        two = std::exchange(one, out);
        sample = out;
      }
    }
    double power = 0;
    for (const double sample : sound) power += sample * sample;
    const double gain = amplitude(dbfs) / std::sqrt(power / static_cast<double>(sound.size()));
    for (double& sample : sound) sample *= gain;
    return sound;
  }

  line& vowel(int ms, double dbfs) {
    const auto sound = vowel_sound(ms, dbfs);
    audio.insert(audio.end(), sound.begin(), sound.end());
    return *this;
  }

  /// Something like a voice: vowels in syllables of 200 ms that swell and fade, with pauses of 60 ms.
  line& voice(int ms, double dbfs) {
    const auto sound = vowel_sound(ms, dbfs);
    for (std::size_t i = 0; i < sound.size(); ++i) {
      const double into = std::fmod(static_cast<double>(i) / per_ms, 260) / 200;
      audio.push_back(into < 1 ? sound[i] * std::sqrt(std::sin(std::numbers::pi * into)) : 0);
    }
    return *this;
  }

  /// A telephone's key held down.
  line& key(char which, int ms) {
    std::vector<std::int16_t> sound(static_cast<std::size_t>(ms * per_ms));
    lab::dtmf_tones(which, 0, sound);
    audio.insert(audio.end(), sound.begin(), sound.end());
    return *this;
  }

  /// Noise over all that is there; `colour` 0 is white, more is darker.
  line& with_noise(double dbfs, double colour = 0, std::size_t from = 0) {
    double last = 0;
    for (std::size_t i = from; i < audio.size(); ++i) {
      last = colour * last + std::sqrt(1 - colour * colour) * normal(random);
      audio[i] += amplitude(dbfs) * last;
    }
    return *this;
  }

  /// Noise as rooms and streets have it, as loud in each octave.
  line& with_pink_noise(double dbfs) {
    std::vector<double> noise(audio.size());
    double low = 0;
    double middle = 0;
    double high = 0;
    double power = 0;
    for (double& sample : noise) {
      const double white = normal(random);
      low = 0.99765 * low + 0.099 * white;
      middle = 0.963 * middle + 0.2965 * white;
      high = 0.57 * high + 1.0527 * white;
      sample = low + middle + high + 0.1848 * white;
      power += sample * sample;
    }
    const double gain = amplitude(dbfs) / std::sqrt(power / static_cast<double>(noise.size()));
    for (std::size_t i = 0; i < noise.size(); ++i) audio[i] += gain * noise[i];
    return *this;
  }

  std::vector<std::int16_t> samples() const {
    std::vector<std::int16_t> out;
    for (const double sample : audio) {
      out.push_back(static_cast<std::int16_t>(std::clamp(std::lround(sample), -32768L, 32767L)));
    }
    return out;
  }
};

std::vector<voice_change> changes_of(const line& heard, voice_activity detector = voice_activity()) {
  const auto samples = heard.samples();
  const auto changes = detector.feed(0, samples);
  return {changes.begin(), changes.end()};
}

std::uint64_t ms(std::uint64_t samples) { return samples / per_ms; }

}  // namespace

TEST_CASE("a voice begins and ends where it does, and it takes onset and release to know it") {
  const auto changes = changes_of(line().silence(1000).vowel(500, -20).silence(1000));
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].what == kind::started);
  CHECK(ms(changes[0].position) == 1000);
  CHECK(ms(changes[0].decided_at) == 1060);
  CHECK(changes[1].what == kind::ended);
  CHECK(ms(changes[1].position) == 1500);
  CHECK(ms(changes[1].decided_at) == 1700);
}

TEST_CASE("silence is no voice") { CHECK(changes_of(line().silence(5000)).empty()); }

TEST_CASE("comfort noise is no voice, whatever its colour and whenever it begins") {
  for (const double level : {-60.0, -45.0, -34.6, -30.0}) {
    CAPTURE(level);
    CHECK(changes_of(line().silence(20000).with_noise(level)).empty());
    CHECK(changes_of(line().silence(20000).with_noise(level, 0, 5000 * per_ms)).empty());
  }
  for (const double colour : {0.3, 0.6, 0.9}) {
    CAPTURE(colour);
    CHECK(changes_of(line().silence(20000).with_noise(-34.6, colour)).empty());
  }
}

TEST_CASE("loud steady noise is voice for a moment at most") {
  const auto changes = changes_of(line().silence(10000).with_noise(-20, 0, 2000 * per_ms));
  REQUIRE(changes.size() == 2);
  CHECK(ms(changes[1].decided_at) < 2600);
}

TEST_CASE("a voice of normal level is heard in silence and over comfort noise") {
  for (const double level : {-16.0, -20.0, -26.0}) {
    for (const double noise : {-90.0, -50.0, -38.0}) {
      CAPTURE(level);
      CAPTURE(noise);
      const auto changes =
          changes_of(line().silence(2000).voice(2000, level).silence(2000).with_noise(noise));
      REQUIRE(changes.size() >= 2);
      CHECK(changes.front().what == kind::started);
      CHECK(ms(changes.front().position) >= 1980);
      CHECK(ms(changes.front().decided_at) <= 2140);
      CHECK(changes.back().what == kind::ended);
      CHECK(ms(changes.back().position) >= 3800);
      CHECK(ms(changes.back().position) <= 4040);
    }
  }
}

TEST_CASE("a quiet voice is heard on a quiet line, however often it speaks") {
  line heard;
  for (int i = 0; i < 10; ++i) heard.silence(1500).voice(1040, -36);
  const auto changes = changes_of(heard.silence(500).with_noise(-62));
  REQUIRE(changes.size() == 20);
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(ms(changes[2 * i].decided_at) <= 1500 + i * 2540 + 160);
    CHECK(ms(changes[2 * i + 1].position) >= 2400 + i * 2540);
  }
}

TEST_CASE("pauses between syllables do not end a voice, and a long talk stays one") {
  const auto changes = changes_of(line().silence(1000).voice(20000, -20).silence(1000).with_noise(-50));
  REQUIRE(changes.size() == 2);
  CHECK(ms(changes[1].position) > 20500);
}

TEST_CASE("a click is no voice, and neither are clicks in a row") {
  line heard;
  for (int i = 0; i < 20; ++i) heard.silence(200).vowel(40, -10);
  CHECK(changes_of(heard.silence(500)).empty());
}

TEST_CASE("two bursts far apart are two voices, close together one") {
  CHECK(changes_of(line().silence(500).vowel(200, -20).silence(150).vowel(200, -20).silence(500)).size() ==
        2);
  CHECK(changes_of(line().silence(500).vowel(200, -20).silence(300).vowel(200, -20).silence(500)).size() ==
        4);
}

TEST_CASE("what is quieter than the least level is no voice") {
  CHECK(changes_of(line().silence(1000).vowel(1000, -50).silence(500)).empty());
  const voice_activity_settings sharper{.least_dbfs = -55};
  CHECK(changes_of(line().silence(1000).vowel(1000, -50).silence(500), voice_activity(sharper)).size() == 2);
}

TEST_CASE("the noise of a room is no voice, and does not keep one from ending") {
  for (const double level : {-60.0, -45.0, -34.6}) {
    CAPTURE(level);
    CHECK(changes_of(line().silence(30000).with_pink_noise(level)).empty());
  }
  const auto changes = changes_of(line().silence(4000).voice(2000, -20).silence(4000).with_pink_noise(-40));
  REQUIRE(changes.size() == 2);
  CHECK(ms(changes[0].decided_at) <= 4160);
  CHECK(ms(changes[1].decided_at) <= 6400);
}

TEST_CASE("noise of any colour that is there all the time is learned, however unsteady it is") {
  for (const double colour : {0.0, 0.6, 0.95}) {
    CAPTURE(colour);
    const auto changes = changes_of(line().silence(20000).with_noise(-30, colour));
    CHECK(changes.size() <= 2);
    if (!changes.empty()) CHECK(ms(changes.back().decided_at) < 4000);
  }
}

TEST_CASE("a voice is heard over noise that is seven decibels weaker") {
  for (const double colour : {0.0, 0.9}) {
    CAPTURE(colour);
    const auto changes =
        changes_of(line().silence(4000).voice(2000, -20).silence(2000).with_noise(-27, colour));
    std::uint64_t voiced = 0;
    std::uint64_t since = 0;
    bool answered = false;
    for (const auto& change : changes) {
      if (change.what == kind::started) {
        since = ms(change.position);
        answered = answered || (since >= 3900 && ms(change.decided_at) <= 4300);
      } else if (since >= 3900) {
        voiced += ms(change.position) - since;
      }
    }
    CHECK(answered);
    CHECK(voiced > 1500);
    CHECK(voiced < 2500);
  }
}

TEST_CASE("hum of the mains does not hide a voice, and is none") {
  line heard;
  heard.silence(4000).voice(2000, -20).silence(2000);
  for (std::size_t i = 0; i < heard.audio.size(); ++i) {
    const double turns = 2 * std::numbers::pi * 50 * static_cast<double>(i) / 8000;
    heard.audio[i] += amplitude(-25) * (std::sin(turns) + 0.5 * std::sin(3 * turns));
  }
  const auto changes = changes_of(heard.with_noise(-60));
  REQUIRE(changes.size() >= 2);
  CHECK(ms(changes.front().position) >= 3900);
  CHECK(ms(changes.front().decided_at) <= 4200);
  CHECK(ms(changes.back().position) >= 5800);
}

TEST_CASE("a steady tone is no voice, wherever in a frame it begins") {
  for (const double hertz : {350.0, 425.0, 1000.0, 1400.0}) {
    for (const int later : {0, 7, 13}) {
      CAPTURE(hertz);
      CAPTURE(later);
      line heard;
      for (int i = 0; i < 4; ++i) heard.silence(1000 + later).tone(1000, -15, hertz);
      CHECK(changes_of(heard.silence(1000).with_noise(-65)).empty());
    }
  }
}

TEST_CASE("while a key's tones sound nothing is voice, and a voice before them ends") {
  for (const int later : {0, 6, 11, 17}) {
    CAPTURE(later);
    line heard;
    for (const char key : {'1', '5', '9', '#', '*'})
      heard.silence(300 + later).key(key, 60).silence(90).key(key, 300);
    const auto samples = heard.silence(500).vowel(300, -20).key('7', 2000).with_noise(-60).samples();
    tone_keys keys;
    voice_activity detector;
    std::vector<voice_change> changes;
    for (std::size_t at = 0; at + 160 <= samples.size(); at += 160) {
      const auto piece = std::span(samples).subspan(at, 160);
      keys.feed(at, piece);
      detector.disregard(keys.is_sounding());
      const auto some = detector.feed(at, piece);
      changes.insert(changes.end(), some.begin(), some.end());
    }
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].position / 160 >= samples.size() / 160 - (2300 / 20) - 1);
    CHECK(ms(changes[1].position) < ms(samples.size()) - 1900);
  }
}

TEST_CASE("one lost frame filled with silence does not make noise a voice") {
  line heard;
  heard.silence(10000).with_noise(-34.6, 0.6);
  const auto hole = heard.audio.begin() + 4000 * per_ms;
  std::fill(hole, hole + 20 * per_ms, 0.0);
  CHECK(changes_of(heard).empty());
}

TEST_CASE("how the audio is cut does not matter") {
  const auto samples = line().silence(700).voice(1500, -20).silence(700).with_noise(-45).samples();
  voice_activity whole;
  const auto all = whole.feed(0, samples);
  const std::vector<voice_change> expected(all.begin(), all.end());
  REQUIRE(expected.size() >= 2);
  for (const std::size_t piece : {1, 7, 159, 160, 161, 800}) {
    voice_activity detector;
    std::vector<voice_change> found;
    for (std::size_t at = 0; at < samples.size(); at += piece) {
      const auto some =
          detector.feed(at, std::span(samples).subspan(at, std::min(piece, samples.size() - at)));
      found.insert(found.end(), some.begin(), some.end());
    }
    REQUIRE(found.size() == expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i].what == expected[i].what);
      CHECK(found[i].position == expected[i].position);
      CHECK(found[i].decided_at == expected[i].decided_at);
    }
  }
}

TEST_CASE("mu-law is heard as its linear samples are") {
  const auto samples = line().silence(700).voice(1500, -20).silence(700).with_noise(-45).samples();
  std::vector<std::uint8_t> bytes(samples.size());
  g711::encode_ulaw(samples, bytes);
  std::vector<std::int16_t> decoded(samples.size());
  g711::decode_ulaw(bytes, decoded);
  voice_activity linear;
  voice_activity coded;
  const auto one = linear.feed(0, decoded);
  const auto other = coded.feed_ulaw(0, bytes);
  REQUIRE(one.size() == other.size());
  REQUIRE(one.size() >= 2);
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(one[i].position == other[i].position);
}

TEST_CASE("a hole counts as silence and positions may begin anew") {
  const auto quiet = line().silence(500).samples();
  const auto loud = line().vowel(200, -20).samples();
  voice_activity detector;
  detector.feed(0, quiet);
  REQUIRE(detector.feed(4000, loud).size() == 1);
  CHECK(detector.speaking());
  const auto ended = detector.feed(50000, quiet);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].position == 5600);
  CHECK(ended[0].decided_at == 50160);
  CHECK(detector.feed(0, quiet).empty());
  const auto again = detector.feed(4000, loud);
  REQUIRE(again.size() == 1);
  CHECK(again[0].position == 4000);
  CHECK(detector.feed(0, quiet).size() == 1);
  CHECK_FALSE(detector.speaking());
}

TEST_CASE("no audio changes nothing") {
  voice_activity detector;
  CHECK(detector.feed(0, {}).empty());
  CHECK(detector.feed_ulaw(17, {}).empty());
}

TEST_CASE("other rates and frames are heard as well") {
  const auto narrow = line().silence(1000).vowel(400, -20).silence(400).samples();
  std::vector<std::int16_t> wide;
  for (std::size_t i = 0; i < narrow.size(); ++i) {
    const int next = i + 1 < narrow.size() ? narrow[i + 1] : 0;
    wide.push_back(narrow[i]);
    wide.push_back(static_cast<std::int16_t>((narrow[i] + next) / 2));
  }
  voice_activity ears({.rate = 16000, .frame_ms = 10, .onset_ms = 30, .release_ms = 100});
  const auto changes = ears.feed(0, wide);
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].position == 16000);
  CHECK(changes[0].decided_at == 16480);
  CHECK(changes[1].position == 16000 + 16 * 400);
  CHECK(changes[1].decided_at == 16000 + 16 * 500);
}

TEST_CASE("settings out of range are named") {
  CHECK(voice_activity_settings{}.validate().empty());
  CHECK(voice_activity_settings{.frame_ms = 25}.validate() == "frame_ms is 25, allowed is 10, 20 or 30");
  CHECK(voice_activity_settings{.rate = 11025}.validate() ==
        "rate is 11025, allowed is 8000, 16000, 32000 or 48000");
  CHECK(voice_activity_settings{.onset_ms = 10}.validate().find("onset_ms") != std::string::npos);
  const auto both = voice_activity_settings{.release_ms = 5000, .margin_db = std::nanf("")}.validate();
  CHECK(both.find("release_ms") != std::string::npos);
  CHECK(both.find("margin_db") != std::string::npos);
}
