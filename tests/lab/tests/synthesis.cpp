#include "tests/lab/synthesis.hpp"

#include <cmath>
#include <span>

#include <doctest/doctest.h>

using namespace tandem::lab;

namespace {

std::string joined(const speech& said) {
  std::string text;
  for (const auto& character : said.characters) text += character.text;
  return text;
}

std::uint32_t length_ms(const speech& said) {
  return static_cast<std::uint32_t>(said.samples.size() * 1000 / said.rate);
}

double rms(std::span<const std::int16_t> samples) {
  double sum = 0;
  for (double sample : samples) sum += sample * sample;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

void check_alignment(const speech& said, std::string_view text) {
  CHECK(joined(said) == text);
  std::uint32_t last = 0;
  for (const auto& character : said.characters) {
    CHECK(character.start_ms >= last);
    last = character.start_ms;
    CHECK(character.start_ms + character.duration_ms <= length_ms(said) + 1);
  }
}

constexpr auto sentence = "Hello, I\u2019d like a table for 4 people at 7:30 p.m. (please). ";

}  // namespace

TEST_CASE("a flite voice speaks at both rates, as loud as a phone line, with its text aligned") {
  for (auto name : {"rms", "awb", "slt", "kal16"}) {
    auto voice = make_flite_voice(name);
    REQUIRE(voice);
    auto narrow = voice->speak(sentence, 8000);
    auto wide = voice->speak(sentence, 16000);
    CHECK(narrow.rate == 8000);
    CHECK(wide.rate == 16000);
    CHECK(length_ms(narrow) > 3000);
    CHECK(length_ms(narrow) < 9000);
    CHECK(std::abs(int(length_ms(narrow)) - int(length_ms(wide))) <= 1);
    CHECK(rms(narrow.samples) > 1000);
    CHECK(rms(narrow.samples) < 4000);
    check_alignment(narrow, sentence);
    check_alignment(wide, sentence);
  }
}

TEST_CASE("sound begins soon and the characters of a word are where the word is") {
  auto voice = make_flite_voice("rms");
  auto said = voice->speak("Hello, wonderful world.", 8000);
  CHECK(said.characters[0].start_ms <= 60);
  auto at = [&](std::size_t character) {
    return said.samples.begin() + said.characters[character].start_ms * 8;
  };
  // The comma's pause is quiet, the words beside it are not.
  auto pause = said.characters[5];
  REQUIRE(pause.duration_ms >= 20);
  auto pause_rms = rms({at(5), at(5) + pause.duration_ms * 8});
  CHECK(pause_rms * 5 < rms({at(0), at(5)}));
  CHECK(pause_rms * 5 < rms({at(7), at(16)}));
}

TEST_CASE("a text without words makes no sound but keeps its characters") {
  auto voice = make_flite_voice("slt");
  for (auto text : {"", " ", "...", "\xff\xfe", "\u2014 "}) {
    auto said = voice->speak(text, 8000);
    CHECK(joined(said) == text);
  }
  CHECK(voice->speak(" ", 8000).samples.empty());
}

TEST_CASE("a slower voice takes longer") {
  auto quick = make_flite_voice("awb", 1.0F)->speak("A table for two.", 8000);
  auto slow = make_flite_voice("awb", 1.3F)->speak("A table for two.", 8000);
  CHECK(slow.samples.size() > quick.samples.size() * 115 / 100);
}

TEST_CASE("there is no voice of another name") { CHECK(make_flite_voice("nobody") == nullptr); }

TEST_CASE("synthetic sound is as long as its text, and follows from it alone") {
  auto voice = make_synthetic_voice(50);
  auto said = voice->speak("Good day. ", 8000);
  CHECK(said.samples.size() == 10 * 400);
  check_alignment(said, "Good day. ");
  CHECK(make_synthetic_voice(50)->speak("Good day. ", 8000).samples == said.samples);
  CHECK(voice->speak("Good Day. ", 8000).samples != said.samples);
  CHECK(voice->speak("Good day. ", 16000).samples.size() == 10 * 800);
}

TEST_CASE("characters are whole UTF-8 sequences, and a stray byte is one") {
  CHECK(characters_of("a\u00e9\u20ac\U0001F600").size() == 4);
  CHECK(characters_of("\xc3").size() == 1);
  CHECK(characters_of("\x80\x80").size() == 2);
  CHECK(characters_of("").empty());
}

TEST_CASE("sentences are taken off the front with the blanks behind them") {
  std::string text = "Yes! At 7 p.m. on Friday. \"Good.\" Is that";
  CHECK(take_sentence(text) == "Yes! ");
  CHECK(take_sentence(text) == "At 7 p.m. on Friday. ");
  CHECK(take_sentence(text) == "\"Good.\" ");
  CHECK(take_sentence(text).empty());
  CHECK(text == "Is that");
  text = "3.5 stars. ";
  CHECK(take_sentence(text) == "3.5 stars. ");
  text = "Done.";
  CHECK(take_sentence(text).empty());
}
