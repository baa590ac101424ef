#include "tests/lab/rate.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <doctest/doctest.h>

using namespace tandem::lab;

namespace {

std::vector<std::int16_t> tone(double hertz, double rate, std::size_t samples, double amplitude = 8000) {
  std::vector<std::int16_t> out;
  for (std::size_t i = 0; i < samples; ++i)
    out.push_back(static_cast<std::int16_t>(
        std::lround(amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate))));
  return out;
}

/// Away from the ends.
double rms(std::span<const std::int16_t> samples) {
  double sum = 0;
  auto inner = samples.subspan(200, samples.size() - 400);
  for (double sample : inner) sum += sample * sample;
  return std::sqrt(sum / static_cast<double>(inner.size()));
}

}  // namespace

TEST_CASE("halving keeps what a phone carries and removes what would fold back") {
  for (double hertz : {300.0, 1000.0, 3000.0}) {
    auto kept = halve_rate(tone(hertz, 16000, 16000));
    CHECK(kept.size() == 8000);
    CHECK(rms(kept) == doctest::Approx(8000 / std::sqrt(2)).epsilon(0.02));
  }
  for (double hertz : {4300.0, 5000.0, 7000.0}) CHECK(rms(halve_rate(tone(hertz, 16000, 16000))) < 20);
}

TEST_CASE("halving neither delays nor fails on short input") {
  std::vector<std::int16_t> click(400, 0);
  click[200] = 10000;
  auto halved = halve_rate(click);
  CHECK(std::max_element(halved.begin(), halved.end()) - halved.begin() == 100);
  CHECK(halve_rate({}).empty());
  CHECK(halve_rate(std::vector<std::int16_t>{5}).size() == 1);
}

TEST_CASE("doubling draws straight lines over the chunks' borders") {
  rate_doubler doubler(0);
  std::vector<std::int16_t> out;
  doubler.append(std::vector<std::int16_t>{100, 200}, out);
  doubler.append(std::vector<std::int16_t>{100}, out);
  CHECK(out == std::vector<std::int16_t>{50, 100, 150, 200, 150, 100});
}

TEST_CASE("doubled silence is not digital silence") {
  rate_doubler doubler(4);
  std::vector<std::int16_t> out;
  doubler.append(std::vector<std::int16_t>(1000, 0), out);
  CHECK(*std::min_element(out.begin(), out.end()) == -4);
  CHECK(*std::max_element(out.begin(), out.end()) == 4);
  doubler.append_unchanged(std::vector<std::int16_t>{32767, -32768}, out);
  CHECK(out.size() == 2002);
}

TEST_CASE("levels are brought to the target whatever the pauses") {
  auto samples = tone(500, 8000, 8000, 400);
  samples.resize(24000, 0);
  normalise_level(samples);
  CHECK(rms(std::span(samples).first(8000)) == doctest::Approx(3277).epsilon(0.03));
}

TEST_CASE("levels never clip, and silence stays silence") {
  auto samples = tone(500, 8000, 8000, 200);
  samples[4000] = 16000;
  normalise_level(samples);
  CHECK(*std::max_element(samples.begin(), samples.end()) <= 32000);
  std::vector<std::int16_t> silence(1000, 0);
  normalise_level(silence);
  CHECK(silence == std::vector<std::int16_t>(1000, 0));
}
