#include "protocols/audio/line_tape.hpp"

#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

constexpr auto silence = g711::ulaw_silence;
const moment begin{1h};

/// What a tape gave out, side by side.
struct line {
  bytes caller;
  bytes agent;

  void add(const line_tape::piece& piece) {
    REQUIRE(piece.position == caller.size());
    for (std::size_t i = 0; i + 1 < piece.stereo.size(); i += 2) {
      caller.push_back(piece.stereo[i]);
      agent.push_back(piece.stereo[i + 1]);
    }
  }
};

line all(line_tape& tape, moment now) {
  line out;
  while (const auto piece = tape.take(now)) out.add(*piece);
  out.add(tape.rest(now));
  return out;
}

bytes frame(std::uint8_t value, std::size_t ms = 20) { return bytes(ms * 8, value); }

/// The byte in the middle of the millisecond.
std::uint8_t at(const bytes& side, std::size_t ms) { return side.at(ms * 8 + 4); }

}  // namespace

TEST_CASE("both sides stand where they were heard") {
  line_tape tape(begin);
  tape.stream_began(begin);
  for (int n = 0; n < 50; ++n) {
    const auto now = begin + 20ms * (n + 1);
    tape.caller(frame(static_cast<std::uint8_t>(n)), now);
    if (n == 24) tape.agent(frame(200, 100), now);
  }
  const auto heard = all(tape, begin + 1s);
  REQUIRE(heard.caller.size() == 8000);
  for (std::size_t ms = 0; ms < 1000; ++ms) {
    CHECK(at(heard.caller, ms) == ms / 20);
    CHECK(at(heard.agent, ms) == (ms >= 500 && ms < 600 ? 200 : silence));
  }
}

TEST_CASE("what the carrier was sent ahead plays in a row, and what it cleared is not heard") {
  line_tape tape(begin);
  tape.agent(frame(1, 400), begin + 100ms);
  tape.agent(frame(2, 400), begin + 200ms);
  tape.clear(begin + 700ms);
  tape.agent(frame(3, 100), begin + 800ms);
  const auto heard = all(tape, begin + 1s);
  CHECK(at(heard.agent, 99) == silence);
  CHECK(at(heard.agent, 100) == 1);
  CHECK(at(heard.agent, 499) == 1);
  CHECK(at(heard.agent, 500) == 2);
  CHECK(at(heard.agent, 699) == 2);
  CHECK(at(heard.agent, 700) == silence);
  CHECK(at(heard.agent, 799) == silence);
  CHECK(at(heard.agent, 800) == 3);
  CHECK(at(heard.agent, 900) == silence);
}

TEST_CASE("frames that come late and all at once keep their places") {
  line_tape tape(begin);
  tape.stream_began(begin);
  int n = 0;
  for (; n < 25; ++n) tape.caller(frame(static_cast<std::uint8_t>(n)), begin + 20ms * (n + 1));
  for (; n < 100; ++n) tape.caller(frame(static_cast<std::uint8_t>(n)), begin + 2s);
  for (; n < 120; ++n) tape.caller(frame(static_cast<std::uint8_t>(n)), begin + 20ms * (n + 1));
  const auto heard = all(tape, begin + 2400ms);
  for (std::size_t ms = 0; ms < 2400; ++ms) CHECK(at(heard.caller, ms) == ms / 20);
}

TEST_CASE("a hole that is never filled does not shift what follows") {
  line_tape tape(begin);
  tape.stream_began(begin);
  tape.caller(frame(1), begin + 20ms);
  tape.caller(frame(2), begin + 5s);
  const auto heard = all(tape, begin + 6s);
  CHECK(at(heard.caller, 10) == 1);
  CHECK(at(heard.caller, 20) == silence);
  CHECK(at(heard.caller, 4979) == silence);
  CHECK(at(heard.caller, 4990) == 2);
  CHECK(at(heard.caller, 5000) == silence);
  CHECK(heard.caller.size() == 48000);
}

TEST_CASE("another stream begins where it begins") {
  line_tape tape(begin);
  tape.caller(frame(1), begin + 20ms);
  tape.stream_began(begin + 1s);
  tape.caller(frame(2), begin + 1020ms);
  const auto heard = all(tape, begin + 2s);
  CHECK(at(heard.caller, 999) == silence);
  CHECK(at(heard.caller, 1000) == 2);
}

TEST_CASE("what is given out as it comes is the same as at the end") {
  line_tape at_once(begin);
  line_tape tape(begin);
  line heard;
  for (int n = 0; n < 500; ++n) {
    const auto now = begin + 20ms * (n + 1);
    for (auto* each : {&tape, &at_once}) {
      if (n % 97 < 90) each->caller(frame(static_cast<std::uint8_t>(n)), now);
      if (n % 40 == 0) each->agent(frame(static_cast<std::uint8_t>(n + 7), 400), now);
      if (n % 90 == 0) each->clear(now);
    }
    if (const auto piece = tape.take(now)) heard.add(*piece);
    CHECK(tape.memory() < 64 * 1024);
  }
  heard.add(tape.rest(begin + 10s));
  const auto wanted = all(at_once, begin + 10s);
  CHECK(heard.caller == wanted.caller);
  CHECK(heard.agent == wanted.agent);
  CHECK(heard.caller.size() == 80000);
}

TEST_CASE("the caller's side can be muted before it is given out") {
  line_tape tape(begin);
  for (int n = 0; n < 100; ++n) tape.caller(frame(1), begin + 20ms * (n + 1));
  tape.agent(frame(9, 400), begin + 1s);
  tape.mute_caller(begin + 900ms, begin + 1100ms);
  tape.mute_caller(begin - 1s, begin + 10ms);
  const auto heard = all(tape, begin + 2s);
  CHECK(at(heard.caller, 9) == silence);
  CHECK(at(heard.caller, 10) == 1);
  CHECK(at(heard.caller, 899) == 1);
  CHECK(at(heard.caller, 900) == silence);
  CHECK(at(heard.caller, 1099) == silence);
  CHECK(at(heard.caller, 1100) == 1);
  CHECK(at(heard.agent, 1000) == 9);
}

TEST_CASE("who sends faster than time goes fills no memory") {
  line_tape tape(begin);
  for (int n = 0; n < 10000; ++n) {
    tape.caller(frame(1), begin + 20ms);
    tape.agent(frame(2), begin + 20ms);
  }
  CHECK(tape.memory() < 256 * 1024);
  CHECK(all(tape, begin + 20ms).caller.size() == 160);
}

TEST_CASE("a tape that ends before it began is empty") {
  line_tape tape(begin);
  tape.caller(frame(1), begin - 1s);
  CHECK(all(tape, begin - 1s).caller.empty());
}

TEST_CASE("a tape of another rate keeps the same time") {
  line_tape tape(begin, 16);
  tape.stream_began(begin);
  for (int n = 0; n < 200; ++n) {
    const auto now = begin + 20ms * (n + 1);
    tape.caller(bytes(320, 1), now);
    if (n == 24) tape.agent(bytes(1600, 2), now);
  }
  const auto first = tape.take(begin + 4s);
  REQUIRE(first);
  CHECK(first->stereo.size() == 2 * 16'000);
  line heard;
  heard.add(*first);
  CHECK(heard.agent[16 * 500 - 1] == silence);
  CHECK(heard.agent[16 * 500] == 2);
  CHECK(heard.agent[16 * 600 - 1] == 2);
  CHECK(heard.agent[16 * 600] == silence);
  CHECK(tape.take(begin + 4s)->position == 16'000);
}

TEST_CASE("what stands for good can be read before it is taken, and is the same") {
  line_tape tape(begin);
  tape.stream_began(begin);
  bytes read;
  const auto read_on = [&](moment now) {
    const auto end = tape.settled(now, 0ms);
    const auto piece = tape.part(read.size() / 2, end);
    CHECK(piece.position == read.size() / 2);
    read.insert(read.end(), piece.stereo.begin(), piece.stereo.end());
  };
  bytes taken;
  for (int n = 0; n < 200; ++n) {
    const auto now = begin + 20ms * (n + 1);
    // Some frames come late, some of them never.
    if (n % 40 < 30) tape.caller(frame(static_cast<std::uint8_t>(n)), now);
    for (int late = 9; n % 40 == 39 && n < 160 && late >= 0; --late)
      tape.caller(frame(static_cast<std::uint8_t>(n - late)), now);
    if (n % 50 == 10) tape.agent(frame(200, 500), now);
    if (n % 50 == 25) tape.clear(now);
    read_on(now);
    while (const auto piece = tape.take(now))
      taken.insert(taken.end(), piece->stereo.begin(), piece->stereo.end());
  }
  CHECK(read.size() > 2 * 8 * 3500);
  const auto rest = tape.rest(begin + 4s).stereo;
  taken.insert(taken.end(), rest.begin(), rest.end());
  REQUIRE(read.size() <= taken.size());
  CHECK(std::equal(read.begin(), read.end(), taken.begin()));
}

TEST_CASE(
    "nothing stands for good as long as it may be muted, and what does not come, only when it is too late") {
  line_tape tape(begin);
  tape.stream_began(begin);
  for (int n = 0; n < 50; ++n) tape.caller(frame(1), begin + 20ms * (n + 1));
  CHECK(tape.settled(begin + 1s, 0ms) == 8000);
  CHECK(tape.settled(begin + 1s, 600ms) == 3200);
  CHECK(tape.settled(begin + 100ms, 600ms) == 0);
  CHECK(tape.settled(begin + 3s, 0ms) == 8000);
  CHECK(tape.settled(begin + 4s, 0ms) == 16000);
}

TEST_CASE("a part begins where the tape does, and is silent where nothing is") {
  line_tape tape(begin);
  tape.stream_began(begin);
  tape.caller(frame(1), begin + 20ms);
  while (tape.take(begin + 3100ms)) {
  }
  const auto piece = tape.part(100, 8160);
  CHECK(piece.position == 8000);
  CHECK(piece.stereo == bytes(320, silence));
  CHECK(tape.part(9000, 8500).stereo.empty());
}
