#include "tests/lab/waterfall.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::lab;
using namespace std::chrono_literals;

TEST_CASE("an answer's time is shown as a bar of 40 ms a character and in words that sum up") {
  turn_timing timing;
  timing.stt_final = 460ms;
  timing.endpoint = 500ms;
  timing.first_sentence = 500300us;
  timing.first_audio = 598ms;
  timing.on_wire = 600ms;
  timing.own = 1400us;
  CHECK(
      waterfall(timing, false) ==
      "░░░░░░░░░░░░░▓▓ transcript 460 · pause 40 · agent 0.3 · voice 98 · wire 2.0 = 600 ms, Tandem 1.4 ms");
  CHECK(waterfall(timing, true).find("\033[33m") != std::string::npos);
}

TEST_CASE("what is not known takes no place, and what was there before took no time") {
  turn_timing timing;
  timing.endpoint = 500ms;
  timing.first_sentence = 300ms;
  timing.on_wire = 600ms;
  CHECK(waterfall(timing, false) == "░░░░░░░░░░░░░██ pause 500 · agent 0 · wire 100 = 600 ms");
}

TEST_CASE("a turn that answers nobody has no bar, and a very long one no endless bar") {
  turn_timing timing;
  CHECK(waterfall(timing, false).empty());
  timing.on_wire = 1h;
  CHECK(waterfall(timing, false).size() < 300);
}
