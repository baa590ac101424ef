#include "tests/system/interruptions/reply_sound.hpp"

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A reply of seven words, interrupted behind so many frames.
struct short_reply {
  reply_sound sound{"Alpha bravo charlie. Delta echo foxtrot golf."};
  std::vector<line_event> events;
  moment now{1h};

  void play(std::uint32_t from, std::uint32_t to) {
    for (; from < to; ++from) events.push_back({now += 20ms, from});
  }
  void clear() { events.push_back({now += 1ms, {}}); }
  verdict::kind judged(const char* heard, bool interrupted = true) const {
    turn_record turn;
    turn.text = sound.text();
    turn.heard_text = heard;
    turn.interrupted = interrupted;
    return judge(sound, events, turn, 100ms).what;
  }
};

}  // namespace

TEST_CASE("what was heard is judged by the words whose sound was played") {
  using enum verdict::kind;
  const std::string all = "Alpha bravo charlie. Delta echo foxtrot golf.";
  short_reply reply;
  // "Alpha " has 18 frames, "bravo" the 15 behind them.
  reply.play(0, 40);
  reply.clear();
  CHECK(reply.judged("Alpha bravo") == exact);
  CHECK(reply.judged("Alpha") == wrong);
  CHECK(reply.judged("Alpha bravo charlie.") == wrong);
  CHECK(reply.judged("bravo") == wrong);
  CHECK(reply.judged(all.c_str(), false) == wrong);
  short_reply close;
  close.play(0, 34);
  close.clear();
  CHECK(close.judged("Alpha") == near);
  CHECK(close.judged("Alpha bravo") == exact);
  short_reply before;
  before.play(0, 30);
  before.clear();
  CHECK(before.judged("Alpha bravo") == near);
  CHECK(before.judged("") == wrong);
  before.play(30, 31);
  CHECK(before.judged("Alpha") == wrong);
}

TEST_CASE("a reply that was taken up again is judged by what was said twice or left out") {
  using enum verdict::kind;
  const auto taken_up = [](std::uint32_t cut, std::uint32_t at) {
    short_reply reply;
    reply.play(0, cut);
    reply.clear();
    reply.play(at, reply.sound.frames());
    return reply.judged(reply.sound.text().c_str(), false);
  };
  CHECK(taken_up(40, 33) == exact);
  CHECK(taken_up(34, 33) == exact);
  CHECK(taken_up(34, 15) == near);
  CHECK(taken_up(40, 15) == wrong);
  CHECK(taken_up(31, 33) == near);
  CHECK(taken_up(20, 33) == wrong);
  CHECK(taken_up(40, 36) == wrong);
}

}  // namespace tandem::test
