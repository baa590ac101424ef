#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

/// A law as tables 1 and 2 of G.711 give it: the decision values of its positive half and the value of each
/// interval, in 16-bit samples.
struct law {
  std::vector<int> decisions;  // the first is 0; one more than intervals
  std::vector<int> values;

  /// The interval of a sample; negative ones are measured from -1 on.
  int interval(int sample) const {
    const int magnitude = std::min(sample < 0 ? -sample - 1 : sample, decisions.back() - 1);
    const auto above = std::upper_bound(decisions.begin(), decisions.end(), magnitude);
    return static_cast<int>(above - decisions.begin()) - 1;
  }
};

law ulaw() {
  law it{{0, 1}, {0}};
  for (int segment = 0; segment < 8; ++segment) {
    const int step = 2 << segment;
    for (int i = segment == 0 ? 1 : 0; i < 16; ++i) it.decisions.push_back(it.decisions.back() + step);
  }
  REQUIRE(it.decisions.back() == 8159);
  for (std::size_t i = 1; i + 1 < it.decisions.size(); ++i) {
    it.values.push_back((it.decisions[i] + it.decisions[i + 1]) / 2);
  }
  REQUIRE(it.values.back() == 8031);
  for (auto* list : {&it.decisions, &it.values}) {
    for (int& each : *list) each *= 4;
  }
  return it;
}

law alaw() {
  law it{{0}, {}};
  for (int i = 0; i < 32; ++i) it.decisions.push_back(it.decisions.back() + 2);
  for (int step = 4; step <= 128; step *= 2) {
    for (int i = 0; i < 16; ++i) it.decisions.push_back(it.decisions.back() + step);
  }
  REQUIRE(it.decisions.back() == 4096);
  for (std::size_t i = 0; i + 1 < it.decisions.size(); ++i) {
    it.values.push_back((it.decisions[i] + it.decisions[i + 1]) / 2);
  }
  REQUIRE(it.values.back() == 4032);
  for (auto* list : {&it.decisions, &it.values}) {
    for (int& each : *list) each *= 8;
  }
  return it;
}

int ulaw_byte(int interval, bool negative) { return (negative ? 0 : 128) + (127 - interval); }
int alaw_byte(int interval, bool negative) { return ((negative ? 0 : 128) + interval) ^ 0x55; }

}  // namespace

TEST_CASE("every byte has the value that G.711 gives it") {
  const law u = ulaw();
  const law a = alaw();
  for (int interval = 0; interval < 128; ++interval) {
    CHECK(g711::from_ulaw(static_cast<std::uint8_t>(ulaw_byte(interval, false))) == u.values[interval]);
    CHECK(g711::from_ulaw(static_cast<std::uint8_t>(ulaw_byte(interval, true))) == -u.values[interval]);
    CHECK(g711::from_alaw(static_cast<std::uint8_t>(alaw_byte(interval, false))) == a.values[interval]);
    CHECK(g711::from_alaw(static_cast<std::uint8_t>(alaw_byte(interval, true))) == -a.values[interval]);
  }
}

TEST_CASE("every byte has its value wherever in a span it stands") {
  std::vector<std::uint8_t> bytes(512);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  for (std::size_t first = 0; first < 40; ++first) {
    const auto some = std::span(bytes).subspan(first, 256 + first);
    std::vector<std::int16_t> samples(some.size());
    g711::decode_ulaw(some, samples);
    for (std::size_t i = 0; i < some.size(); ++i) CHECK(samples[i] == g711::from_ulaw(some[i]));
    g711::decode_alaw(some, samples);
    for (std::size_t i = 0; i < some.size(); ++i) CHECK(samples[i] == g711::from_alaw(some[i]));
  }
}

TEST_CASE("every sample falls into the interval that G.711 gives it") {
  const law u = ulaw();
  const law a = alaw();
  int wrong = 0;
  for (int sample = -32768; sample < 32768; ++sample) {
    const auto given = static_cast<std::int16_t>(sample);
    if (g711::to_ulaw(given) != ulaw_byte(u.interval(sample), sample < 0)) ++wrong;
    if (g711::to_alaw(given) != alaw_byte(a.interval(sample), sample < 0)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("the best known bytes are right") {
  CHECK(g711::from_ulaw(0x00) == -32124);
  CHECK(g711::from_ulaw(0x80) == 32124);
  CHECK(g711::from_alaw(0x2a) == -32256);
  CHECK(g711::from_alaw(0xaa) == 32256);
  CHECK(g711::to_ulaw(0) == g711::ulaw_silence);
  CHECK(g711::to_alaw(0) == g711::alaw_silence);
  CHECK(g711::from_ulaw(g711::ulaw_silence) == 0);
  CHECK(g711::from_alaw(g711::alaw_silence) == 8);
  CHECK(g711::to_ulaw(32767) == 0x80);
  CHECK(g711::to_ulaw(-32768) == 0x00);
  CHECK(g711::to_alaw(32767) == 0xaa);
  CHECK(g711::to_alaw(-32768) == 0x2a);
}

TEST_CASE("a byte survives decoding and encoding, but for the negative zero") {
  for (int i = 0; i < 256; ++i) {
    const auto byte = static_cast<std::uint8_t>(i);
    CHECK(g711::to_alaw(g711::from_alaw(byte)) == byte);
    CHECK(g711::to_ulaw(g711::from_ulaw(byte)) == (byte == 0x7f ? 0xff : byte));
  }
}

TEST_CASE("one law becomes the other as if through linear samples") {
  std::vector<std::uint8_t> every(256);
  for (int i = 0; i < 256; ++i) every[i] = static_cast<std::uint8_t>(i);
  std::vector<std::uint8_t> out(256);
  g711::alaw_to_ulaw(every, out);
  for (int i = 0; i < 256; ++i) CHECK(out[i] == g711::to_ulaw(g711::from_alaw(every[i])));
  g711::ulaw_to_alaw(every, out);
  for (int i = 0; i < 256; ++i) CHECK(out[i] == g711::to_alaw(g711::from_ulaw(every[i])));
  std::vector<std::uint8_t> silence(3, g711::alaw_silence);
  g711::alaw_to_ulaw(silence, silence);
  CHECK(std::abs(g711::from_ulaw(silence[0])) <= 8);
}

TEST_CASE("spans are converted as far as the shorter one goes") {
  const std::vector<std::int16_t> samples{0, 1000, -1000, 32767};
  std::vector<std::uint8_t> bytes(3, 1);
  g711::encode_ulaw(samples, bytes);
  CHECK(bytes == std::vector<std::uint8_t>{g711::to_ulaw(0), g711::to_ulaw(1000), g711::to_ulaw(-1000)});
  g711::encode_alaw(std::span(samples).first(1), bytes);
  CHECK(bytes == std::vector<std::uint8_t>{g711::to_alaw(0), g711::to_ulaw(1000), g711::to_ulaw(-1000)});
  std::vector<std::int16_t> back(2);
  g711::decode_alaw(bytes, back);
  CHECK(back == std::vector<std::int16_t>{g711::from_alaw(bytes[0]), g711::from_alaw(bytes[1])});
  g711::decode_ulaw({}, back);
  CHECK(back[1] == g711::from_alaw(bytes[1]));
}

TEST_CASE("a loud tone loses little in either law") {
  std::vector<std::int16_t> tone(8000);
  for (int i = 0; i < 8000; ++i) {
    tone[i] =
        static_cast<std::int16_t>(std::lround(10000 * std::sin(2 * std::numbers::pi * 1020 * i / 8000)));
  }
  std::vector<std::uint8_t> bytes(8000);
  std::vector<std::int16_t> back(8000);
  const auto signal_to_noise = [&] {
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < 8000; ++i) {
      signal += static_cast<double>(tone[i]) * tone[i];
      noise += static_cast<double>(tone[i] - back[i]) * (tone[i] - back[i]);
    }
    return 10 * std::log10(signal / noise);
  };
  g711::encode_ulaw(tone, bytes);
  g711::decode_ulaw(bytes, back);
  CHECK(signal_to_noise() > 36);
  g711::encode_alaw(tone, bytes);
  g711::decode_alaw(bytes, back);
  CHECK(signal_to_noise() > 36);
}
