#include "protocols/audio/codecs/resampler.hpp"

#include "tests/protocols/audio/codecs/sounds.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;

namespace {

samples converted(const samples& in, std::uint32_t from, std::uint32_t to, std::size_t piece) {
  resampler subject(from, to);
  samples all;
  samples out;
  for (std::span<const std::int16_t> rest(in); !rest.empty();) {
    const auto some = rest.first(std::min(piece, rest.size()));
    subject.convert(some, out);
    all.insert(all.end(), out.begin(), out.end());
    rest = rest.subspan(some.size());
  }
  return all;
}

double level(std::span<const std::int16_t> of) {
  double sum = 0;
  for (const double each : of) sum += each * each;
  return std::sqrt(sum / static_cast<double>(of.size()));
}

}  // namespace

TEST_CASE("a tone keeps its pitch, its level and its time at another rate") {
  for (const auto& [from, to] :
       {std::pair{8000U, 16000U}, std::pair{16000U, 8000U}, std::pair{24000U, 16000U},
        std::pair{22050U, 16000U}, std::pair{48000U, 8000U}}) {
    CAPTURE(from);
    const auto heard = converted(tone(700, from, from), from, to, from / 50);
    CHECK(heard.size() <= to);
    CHECK(heard.size() >= to - to / 50);
    CHECK(likeness(tone(700, to, to), heard, to, 1) >= 30);
  }
}

TEST_CASE("the pieces that audio comes in change nothing of it") {
  const auto said = voice(8000, 1600);
  const auto whole = converted(said, 8000, 16000, said.size());
  for (const std::size_t piece : {1, 7, 160, 1599}) CHECK(converted(said, 8000, 16000, piece) == whole);
}

TEST_CASE("what the lower rate cannot have is not folded into what it has") {
  for (const double hertz : {4600.0, 6000.0, 7500.0}) {
    const auto heard = converted(tone(hertz, 16000, 16000), 16000, 8000, 320);
    CHECK(level(std::span(heard).subspan(800)) <= 60);
  }
  CHECK(level(converted(tone(3000, 16000, 16000), 16000, 8000, 320)) >= 5000);
}

TEST_CASE("nothing becomes nothing, and the loudest does not wrap around") {
  resampler subject(8000, 16000);
  samples out(3);
  subject.convert({}, out);
  CHECK(out.empty());
  samples square(800);
  for (std::size_t i = 0; i < square.size(); ++i) square[i] = i / 20 % 2 == 0 ? 32767 : -32768;
  const auto heard = converted(square, 8000, 16000, 160);
  // In the middle of a half wave it is at its end of the range.
  for (std::size_t half = 10; half < 36; ++half) {
    CHECK((heard[40 * half + 20] > 20000) == (half % 2 == 0));
  }
}
