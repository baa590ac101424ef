#include "tests/lab/cluster/watched_call.hpp"

#include "tests/lab/cluster/call_moves.hpp"
#include "tests/lab/load/scribe_end.hpp"

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto word_time = 160ms;

/// Hears words one after the other, and streams come and go.
struct listener {
  /// Words `from` to `to` of the reply to this turn.
  void hear(std::uint32_t turn, std::uint32_t from, std::uint32_t to, std::uint32_t history) {
    for (auto n = from; n <= to; ++n) {
      call.heard.push_back({{call.number, turn, history, n}, now, now + word_time, word_frames, stream});
      now += word_time;
    }
  }
  void hear(std::uint32_t turn, std::uint32_t from, std::uint32_t to) { hear(turn, from, to, turn); }

  void say(std::uint32_t turn) {
    call.spoke[turn] = now;
    call.said = turn;
  }

  void open(const std::string& node) { call.streams[++stream] = {.node = node, .opened = now}; }
  void close() { call.streams[stream].over = now; }

  std::vector<std::string> faults(const word_bounds& bounds = {}) { return judge(call, bounds).faults; }

  watched_call call{1};
  moment now = moment{} + 1s;
  unsigned stream = 0;
};

constexpr auto last = reply_words - 1;

}  // namespace

TEST_CASE("a call whose replies were heard once, each whole, is right") {
  listener it;
  it.say(1);
  it.hear(1, 0, last);
  it.say(2);
  it.hear(2, 0, 4);
  CHECK(it.faults().empty());
}

TEST_CASE("words that are heard twice or left out are counted") {
  listener it;
  it.hear(1, 0, 5);
  it.hear(1, 4, 7);
  it.hear(1, 10, last);
  it.hear(2, 0, last);
  const auto found = judge(it.call, {.repeated = 2, .lost = 2});
  CHECK(found.repeated == 2);
  CHECK(found.lost == 2);
  CHECK(found.faults.empty());
  CHECK(it.faults() == std::vector<std::string>{"2 words were heard twice", "2 words were lost"});
}

TEST_CASE("what the caller cut off is not lost, and what broke off is") {
  listener it;
  it.hear(1, 0, 3);
  SUBCASE("the caller spoke into it") {
    it.say(2);
    it.hear(1, 4, 4);
    it.hear(2, 0, last);
    CHECK(it.faults().empty());
  }
  SUBCASE("it was never finished") {
    it.now += 5s;
    it.say(2);
    it.hear(2, 0, last);
    CHECK(it.faults() == std::vector<std::string>{"8 words were lost"});
  }
  SUBCASE("the caller spoke on while nobody could act on the call") {
    const auto since = it.now;
    it.now += 5s;
    it.say(2);
    it.now += 1s;
    it.hear(2, 0, last);
    CHECK(it.faults({.silent_since = since, .silent_until = it.now}).empty());
    CHECK(it.faults({.silent_since = since, .silent_until = since + 4s}).size() == 1);
  }
}

TEST_CASE("a turn that is answered twice, and another call's words, are faults") {
  listener it;
  it.hear(1, 0, last, 1);
  it.hear(1, 0, last, 2);
  CHECK(it.faults() == std::vector<std::string>{"turn 1 was answered twice"});
  it.call.heard = {{{2, 1, 1, 0}, it.now, it.now, word_frames, 1}};
  CHECK(it.faults() == std::vector<std::string>{"heard a word of call 2"});
}

TEST_CASE("two nodes that talk to one caller are found") {
  listener it;
  it.open("voice-1");
  it.now += 1s;
  it.open("voice-2");
  it.call.streams[1].last_audio = it.now + 100ms;
  CHECK(it.faults().empty());
  it.call.streams[1].last_audio = it.now + 300ms;
  CHECK(it.faults() == std::vector<std::string>{"voice-1 and voice-2 both talked to the caller"});
}

TEST_CASE("a model that is not told of an answered turn has forgotten it") {
  listener it;
  it.hear(1, 0, last);
  it.hear(2, 0, last);
  it.call.judge_memory({naming_text(1, 1), naming_text(1, 2) + " " + naming_text(1, 3)});
  CHECK(it.faults().empty());
  SUBCASE("forgotten") {
    it.call.judge_memory({naming_text(1, 2), naming_text(1, 3)});
    CHECK(it.faults() == std::vector<std::string>{"turn 1 was answered and is forgotten"});
  }
  SUBCASE("out of order") {
    it.call.judge_memory({naming_text(1, 2), naming_text(1, 1)});
    CHECK(it.faults() == std::vector<std::string>{"turns are out of order"});
  }
}

TEST_CASE("turns that nobody answers are counted, but for the last one") {
  listener it;
  it.say(1);
  it.say(2);
  it.hear(2, 0, last);
  it.say(3);
  CHECK(it.faults({.unanswered = 1}).empty());
  CHECK(it.faults() == std::vector<std::string>{"1 turns had no answer"});
}

TEST_CASE("a call that its caller did not end is a fault") {
  listener it;
  it.call.outcome.emplace();
  it.call.outcome->ended_by = "caller";
  CHECK(it.faults().empty());
  it.call.outcome->ended_by = "stream";
  CHECK(it.faults() == std::vector<std::string>{"ended by stream "});
  it.call.gave_up = true;
  CHECK(it.faults().size() == 2);
}

TEST_CASE("a move within a reply takes from its last sound to the next, another the time without a stream") {
  listener it;
  it.open("voice-1");
  it.hear(1, 0, 3);
  const auto lost = it.now;
  it.close();
  it.now += 700ms;
  it.open("voice-2");
  SUBCASE("within a reply") {
    it.now += 100ms;
    it.hear(1, 4, last);
    const auto moves = moves_of(it.call, lost, lost);
    REQUIRE(moves.size() == 1);
    CHECK(moves[0].from == "voice-1");
    CHECK(moves[0].to == "voice-2");
    CHECK(moves[0].talking);
    CHECK(moves[0].gap == 800ms);
  }
  SUBCASE("between two") {
    it.hear(2, 0, last);
    const auto moves = moves_of(it.call, lost, {});
    REQUIRE(moves.size() == 1);
    CHECK_FALSE(moves[0].talking);
    CHECK(moves[0].gap == 700ms);
    CHECK(moves_of(it.call, it.now, {}).empty());
    // It had been lost before the carrier saw the stream's end.
    CHECK(moves_of(it.call, lost - 1s, lost - 1s)[0].gap == 1700ms);
  }
  SUBCASE("a stream of the same node is no move") {
    it.call.streams[2].node = "voice-1";
    CHECK(moves_of(it.call, lost, lost).empty());
  }
}

TEST_CASE("gaps are told by their share") {
  std::vector<call_move> moves;
  CHECK(gap_at(moves, 0.5) == 0ms);
  for (int n = 1; n <= 10; ++n) moves.push_back({.gap = n * 100ms});
  CHECK(gap_at(moves, 0.5) == 500ms);
  CHECK(gap_at(moves, 0.9) == 900ms);
  CHECK(gap_at(moves, 0.99) == 1000ms);
  CHECK(gap_at(moves, 1) == 1000ms);
}

}  // namespace tandem::lab
