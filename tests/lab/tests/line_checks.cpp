#include "tests/lab/line_checks.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace tandem::lab;
using namespace std::chrono_literals;

namespace {

/// A second of silence on both sides, with a tone on one of them for a while.
std::vector<std::int16_t> line(std::size_t channel, stretch tone) {
  std::vector<std::int16_t> stereo(2 * 8000);
  for (auto i = static_cast<std::size_t>(tone.begin.count()) * 8;
       i < static_cast<std::size_t>(tone.end.count()) * 8; ++i)
    stereo[2 * i + channel] = i % 8 < 4 ? 4000 : -4000;
  return stereo;
}

}  // namespace

TEST_CASE("a recording of another rate is as long as it was") {
  const auto samples = line(0, {200ms, 500ms});
  const recording one(samples, 16000);
  CHECK(length_of(one) == 500ms);
  CHECK(sound_in(one, 0) == 160ms);
}

TEST_CASE("sound is found on its own channel and for as long as it lasts") {
  const auto one = line(1, {200ms, 500ms});
  CHECK(length_of(one) == 1000ms);
  CHECK(sound_in(one, 1) == 300ms);
  CHECK(sound_in(one, 0) == 0ms);
  CHECK(sound_in(line(0, {200ms, 500ms}), 0) == 300ms);
}

TEST_CASE("speech that goes on after an interruption is found within it, and nowhere else") {
  const auto one = line(1, {200ms, 500ms});
  CHECK(sound_in(one, 1, {0ms, 200ms}) == 0ms);
  CHECK(sound_in(one, 1, {400ms, 900ms}) == 100ms);
  CHECK(sound_in(one, 1, {500ms, 5000ms}) == 0ms);
  CHECK(sound_in(one, 1, {2000ms, 3000ms}) == 0ms);
  CHECK(sound_in(std::vector<std::int16_t>{}, 1) == 0ms);
}

TEST_CASE("sounds are told apart by the pauses between them") {
  auto one = line(1, {200ms, 300ms});
  const auto more = line(1, {360ms, 500ms}), last = line(1, {800ms, 900ms});
  for (std::size_t i = 0; i < one.size(); ++i) one[i] = static_cast<std::int16_t>(one[i] + more[i] + last[i]);
  const auto found = sounds_in(one, 1, 100ms);
  REQUIRE(found.size() == 2);
  CHECK(found[0].begin == 200ms);
  CHECK(found[0].end == 500ms);
  CHECK(found[1].begin == 800ms);
  CHECK(found[1].end == 900ms);
  CHECK(sounds_in(one, 1, 20ms).size() == 3);
  CHECK(sounds_in(one, 0, 100ms).empty());
}
