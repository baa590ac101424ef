#include "protocols/conversation/pressed_keys.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

/// A caller's presses as they reach the engine; `told` is what it takes them for.
struct line {
  pressed_keys keys;
  moment now{};
  std::string told;

  line& wait(std::chrono::milliseconds time) {
    for (const auto until = now + time; now < until;) {
      now += 10ms;
      while (const auto key = keys.next(now)) told += *key;
    }
    return *this;
  }
  line& event(char key) {
    if (keys.take_event(key, now)) told += key;
    return *this;
  }
  line& tones(char key) {
    keys.take_tones(key, now);
    return *this;
  }
};

}  // namespace

TEST_CASE("a key that is only heard is told after its grace") {
  line one;
  one.tones('5');
  CHECK(one.keys.deadline() == one.now + 250ms);
  CHECK(one.wait(240ms).told.empty());
  CHECK(one.wait(10ms).told == "5");
  CHECK_FALSE(one.keys.deadline());
  CHECK(one.wait(5s).told == "5");
}

TEST_CASE("an event is told at once and takes the place of its tones, whichever come first") {
  CHECK(line().event('1').tones('1').wait(5s).told == "1");
  CHECK(line().tones('1').wait(200ms).event('1').wait(5s).told == "1");
}

TEST_CASE("an event that comes behind a key that was told is the same press, for a second") {
  CHECK(line().tones('1').wait(260ms).event('1').wait(5s).told == "1");
  CHECK(line().tones('1').wait(1240ms).event('1').wait(5s).told == "1");
  CHECK(line().tones('1').wait(1260ms).event('1').wait(5s).told == "11");
}

TEST_CASE("an event of another key is another press") {
  CHECK(line().tones('1').wait(300ms).event('2').wait(5s).told == "12");
  CHECK(line().tones('1').wait(100ms).event('2').wait(5s).told == "21");
}

TEST_CASE("one event is of one press") {
  CHECK(line().tones('1').wait(300ms).event('1').event('1').wait(5s).told == "11");
  CHECK(line().tones('1').wait(150ms).tones('1').wait(500ms).event('1').event('1').wait(5s).told == "11");
}

TEST_CASE("a number that is dialled quickly is told once, however late its events are") {
  for (const auto late : {0ms, 100ms, 300ms, 600ms, 900ms}) {
    CAPTURE(late.count());
    const std::string number = "4711550";
    line one;
    for (auto at = 0ms; at < 3s; at += 10ms) {
      for (std::size_t i = 0; i < number.size(); ++i) {
        if (at == 180ms * static_cast<int>(i)) one.tones(number[i]);
        if (at == 180ms * static_cast<int>(i) + late) one.event(number[i]);
      }
      one.wait(10ms);
    }
    CHECK(one.told == number);
  }
}

TEST_CASE("once there are events, keys that are heard are none for the rest of the call") {
  CHECK(line().event('1').wait(60s).tones('2').wait(5s).told == "1");
}

TEST_CASE("keys that come faster than fingers are bounded") {
  line one;
  for (int i = 0; i < 1000; ++i) one.tones('1');
  CHECK(one.wait(1s).told.size() == 32);
  for (int i = 0; i < 1000; ++i) one.tones('2').wait(300ms);
  CHECK(one.told.size() == 1032);
}
