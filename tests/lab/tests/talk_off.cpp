#include "protocols/audio/g711.hpp"
#include "protocols/audio/tone_keys.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "tests/lab/dtmf_tones.hpp"
#include "tests/lab/rate.hpp"
#include "tests/lab/synthesis.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

constexpr std::array<std::string_view, 6> sentences{
    "I would like a table for two, please, tomorrow at a quarter past seven.",
    "The early bee will see three green trees between the sea and the street.",
    "Oh no, who knew you would go so slowly through the blue moon room?",
    "She sells sea shells by the sea shore, and the shells she sells are surely seashells.",
    "My number is five five five, eight three one, four nine six two zero seven.",
    "Around the rugged rock the ragged rascal ran, humming and singing loudly."};

/// Every sentence in every voice and at three paces, with pauses between them.
const std::vector<std::int16_t>& much_speech() {
  static const auto all = [] {
    std::vector<std::int16_t> out;
    for (const auto name : flite_voices) {
      for (const float pace : {0.8F, 1.0F, 1.4F}) {
        auto voice = make_flite_voice(name, pace);
        for (const auto sentence : sentences) {
          const auto said = voice->speak(sentence, 8000).samples;
          out.insert(out.end(), said.begin(), said.end());
          out.resize((out.size() + 4000 + 159) / 160 * 160);
        }
      }
    }
    return out;
  }();
  return all;
}

}  // namespace

TEST_CASE("voices are not heard as keys") {
  const auto& speech = much_speech();
  REQUIRE(speech.size() > std::size_t{8000} * 240);
  CHECK(tone_keys().feed(0, speech).empty());
  auto louder = speech;
  for (auto& sample : louder) sample = static_cast<std::int16_t>(std::clamp(sample * 3, -32768, 32767));
  CHECK(tone_keys().feed(0, louder).empty());
  rate_doubler doubler;
  std::vector<std::int16_t> wide;
  doubler.append(speech, wide);
  CHECK(tone_keys(16000).feed(0, wide).empty());
}

TEST_CASE("listening for keys does not keep a voice from being heard") {
  tone_keys keys;
  voice_activity with;
  voice_activity without;
  std::size_t heard = 0;
  std::size_t all = 0;
  const auto& speech = much_speech();
  for (std::size_t at = 0; at + 160 <= speech.size(); at += 160) {
    const auto frame = std::span(speech).subspan(at, 160);
    keys.feed(at, frame);
    with.disregard(keys.is_sounding());
    with.feed(at, frame);
    without.feed(at, frame);
    heard += with.speaking() ? 1U : 0U;
    all += without.speaking() ? 1U : 0U;
  }
  CHECK(all > 0);
  CHECK(static_cast<double>(heard) >= 0.998 * static_cast<double>(all));
}

TEST_CASE("every sentence is heard as a voice, in time, at the rate of its line") {
  for (const unsigned rate : {8000U, 16000U}) {
    for (const auto name : flite_voices) {
      CAPTURE(rate);
      CAPTURE(name);
      auto voice = make_flite_voice(name);
      voice_activity ears(voice_activity_settings{.rate = rate});
      std::uint64_t position = 0;
      for (const auto sentence : sentences) {
        const std::vector<std::int16_t> pause(std::size_t{rate});
        ears.feed(position, pause);
        position += pause.size();
        CHECK_FALSE(ears.speaking());
        const auto said = voice->speak(sentence, rate).samples;
        const auto changes = ears.feed(position, said);
        REQUIRE(!changes.empty());
        CHECK((changes.front().decided_at - position) * 1000 / rate <= 320);
        position += said.size();
      }
    }
  }
}

}  // namespace tandem::lab
