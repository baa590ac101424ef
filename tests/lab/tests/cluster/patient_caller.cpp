#include "tests/lab/cluster/patient_caller.hpp"

#include "protocols/audio/g711.hpp"

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t spoken_frames = 12;

/// A caller with a line to them, 20 ms after 20 ms.
struct line_to_caller {
  line_to_caller() : call(std::make_shared<watched_call>(5)), who(call, book) {}

  /// 20 ms in which this is heard, or nothing; the turn that the caller says meanwhile, 0 = none.
  std::uint32_t tick(const frame* heard = nullptr) {
    frame silence;
    silence.fill(g711::ulaw_silence);
    who.hear(now, heard != nullptr ? *heard : silence, heard != nullptr);
    frame said;
    who.speak(now, said);
    now += 20ms;
    const auto tag = read_tag(said);
    REQUIRE(tag);
    CHECK(tag->call == 5);
    return tag->sound;
  }

  /// The turns that begin within this time of silence.
  std::vector<std::uint32_t> wait(std::chrono::milliseconds time) {
    std::vector<std::uint32_t> turns;
    for (const auto until = now + time; now < until;) {
      const auto turn = tick();
      if (turn != 0 && (turns.empty() || turns.back() != turn)) turns.push_back(turn);
    }
    return turns;
  }

  void hear(std::uint32_t turn, std::uint32_t from, std::uint32_t to) {
    for (auto word = from; word <= to; ++word)
      for (std::uint32_t n = 0; n < word_frames; ++n) {
        const auto sound = sound_of({5, turn, turn, word}, n);
        tick(&sound);
      }
  }

  const std::vector<std::uint8_t> speech = std::vector<std::uint8_t>(spoken_frames * frame_bytes, 0x20);
  sound_book book{speech, 1};
  std::shared_ptr<watched_call> call;
  patient_caller who;
  moment now = moment{} + 1h;
};

}  // namespace

TEST_CASE("a patient caller says one turn after the other, and again what nobody answers") {
  line_to_caller it;
  CHECK(it.wait(4s) == std::vector<std::uint32_t>{1});
  CHECK(it.wait(3s) == std::vector<std::uint32_t>{2});
  it.hear(2, 0, reply_words - 1);
  CHECK(it.wait(300ms).empty());
  CHECK(it.wait(1s) == std::vector<std::uint32_t>{3});
  CHECK(it.call->said == 3);
}

TEST_CASE("a patient caller lets an agent finish who was cut off, for a while") {
  line_to_caller it;
  it.wait(2s);
  it.hear(1, 0, 3);
  CHECK(it.wait(4s).empty());
  CHECK(it.wait(2s) == std::vector<std::uint32_t>{2});
}

TEST_CASE("a patient caller notes each word once, and once more when it comes again") {
  line_to_caller it;
  it.wait(2s);
  it.hear(1, 0, 2);
  it.hear(1, 2, 3);
  REQUIRE(it.call->heard.size() == 5);
  for (const auto& each : it.call->heard) CHECK(each.frames == word_frames);
  CHECK(it.call->heard[2].word == it.call->heard[3].word);
  CHECK(judge(*it.call, {}).repeated == 1);
}

TEST_CASE("a patient caller hangs up when told to, and when nobody talks to them for long") {
  line_to_caller it;
  it.tick();
  CHECK_FALSE(it.who.hangs_up(it.now));
  SUBCASE("told to") {
    it.who.leave();
    CHECK(it.who.hangs_up(it.now));
    CHECK_FALSE(it.call->gave_up);
  }
  SUBCASE("in despair") {
    CHECK_FALSE(it.who.hangs_up(it.now + 20s));
    CHECK(it.who.hangs_up(it.now + 30s));
    CHECK(it.call->gave_up);
  }
}

}  // namespace tandem::lab
