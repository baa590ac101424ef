#include "protocols/conversation/pressed_keys.hpp"

#include <optional>
#include <string>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_days midnight = std::chrono::year(2026) / 5 / 1;

/// A caller's presses as they reach the engine; `told` is what it takes them for.
struct line {
  pressed_keys keys;
  moment now{};
  std::string told;

  line& wait(std::chrono::milliseconds time) {
    for (const auto until = now + time; now < until;) {
      now += 10ms;
      tell();
    }
    return *this;
  }
  line& event(char key, std::optional<std::chrono::milliseconds> pressed = {}) {
    std::optional<pressed_keys::press_time> at;
    if (pressed) at = midnight + *pressed;
    keys.take_event(key, at, now);
    return tell();
  }
  line& tones(char key) {
    keys.take_tones(key, now);
    return *this;
  }
  line& stream_over() {
    keys.expect_no_more(now);
    return tell();
  }
  line& tell() {
    while (const auto key = keys.next(now)) told += *key;
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

TEST_CASE("an event without a time is told at once and takes the place of its tones, whichever come first") {
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

TEST_CASE("an event waits for those of earlier presses") {
  line one;
  one.event('1', 0ms);
  CHECK(one.keys.deadline() == one.now + 100ms);
  CHECK(one.wait(90ms).told.empty());
  CHECK(one.wait(10ms).told == "1");
  CHECK_FALSE(one.keys.deadline());
  CHECK(one.wait(5s).told == "1");
}

TEST_CASE("events that overtake each other are told in the order of the presses") {
  CHECK(line().event('2', 80ms).wait(90ms).event('1', 0ms).wait(5s).told == "12");
  CHECK(line().event('3', 9ms).event('1', 7ms).event('2', 8ms).event('4', 10ms).wait(5s).told == "1234");
  line one;
  one.event('1', 0ms).wait(70ms).event('3', 140ms).wait(20ms).event('2', 70ms).wait(10ms);
  CHECK(one.told == "1");
  CHECK(one.wait(5s).told == "123");
}

TEST_CASE("none waits longer for those that came later") {
  line one;
  one.event('3', 20ms).wait(50ms).event('1', 0ms).wait(40ms).event('2', 10ms);
  CHECK(one.told.empty());
  CHECK(one.wait(10ms).told == "123");
  CHECK_FALSE(one.keys.deadline());
}

TEST_CASE("events of one time are told as they come") {
  CHECK(line().event('2', 5ms).event('1', 5ms).event('3', 5ms).wait(5s).told == "213");
  CHECK(line().event('1', 5ms).wait(200ms).event('2', 5ms).wait(100ms).told == "12");
}

TEST_CASE("an event whose place is past is told at once") {
  line one;
  one.event('2', 80ms).wait(100ms).event('1', 0ms);
  CHECK(one.told == "21");
  one.event('4', 200ms).event('0', 10ms);
  CHECK(one.told == "210");
  CHECK(one.wait(5s).told == "2104");
}

TEST_CASE("an event without a time waits for none but those that wait before it") {
  line one;
  one.event('3', 80ms).wait(50ms).event('4').event('2', 10ms).event('1');
  CHECK(one.told.empty());
  one.wait(50ms);
  CHECK(one.told == "2341");
  CHECK(one.event('5').told == "23415");
  CHECK(one.event('0', 0ms).event('6', 90ms).told == "234150");
  CHECK(one.wait(5s).told == "2341506");
}

TEST_CASE("events keep their order among tones, and still count once") {
  CHECK(line().event('2', 1ms).tones('2').event('1', 0ms).tones('1').wait(5s).told == "12");
  CHECK(line().tones('1').tones('2').wait(100ms).event('2', 1ms).event('1', 0ms).wait(5s).told == "12");
  CHECK(line().tones('1').wait(300ms).event('2', 1ms).event('1', 0ms).wait(5s).told == "12");
  CHECK(line().tones('1').tones('2').wait(300ms).event('2', 1ms).event('1', 0ms).wait(5s).told == "12");
  CHECK(line().tones('1').wait(200ms).event('2', 1ms).wait(90ms).event('1', 0ms).wait(5s).told == "12");
}

TEST_CASE("whichever is due first is told first, however late that is looked after") {
  line one;
  one.tones('1').wait(200ms).event('2', 1ms);
  one.now += 1s;
  CHECK(one.tell().told == "12");
}

TEST_CASE("events do not wait beyond the stream that they came on") {
  line one;
  one.event('2', 1ms).event('1', 0ms).stream_over();
  CHECK(one.told == "12");
  CHECK_FALSE(one.keys.deadline());
  CHECK(one.event('3', 2ms).wait(100ms).told == "123");
}

TEST_CASE("a number that is dialled quickly is told in its order, however its events overtake each other") {
  const std::string number = "4711550";
  for (const auto gap : {20ms, 80ms, 150ms}) {
    for (const auto late : {0ms, 40ms, 90ms}) {
      CAPTURE(gap.count());
      CAPTURE(late.count());
      line one;
      for (auto at = 0ms; at < 2s; at += 10ms) {
        for (int i = 0; i < static_cast<int>(number.size()); ++i) {
          // Those of every other press, the first included, take longer.
          if (at == gap * i + (i % 2 == 0 ? gap + late : 0ms))
            one.event(number[static_cast<std::size_t>(i)], gap * i);
        }
        one.wait(10ms);
      }
      CHECK(one.told == number);
    }
  }
}

TEST_CASE("more events than fingers can press do not all wait") {
  line one;
  for (int i = 0; i < 1000; ++i) one.event('1', 1ms * i);
  CHECK(one.told.size() == 968);
  CHECK(one.wait(100ms).told.size() == 1000);
  CHECK_FALSE(one.keys.deadline());
}

TEST_CASE("keys that come faster than fingers are bounded") {
  line one;
  for (int i = 0; i < 1000; ++i) one.tones('1');
  CHECK(one.wait(1s).told.size() == 32);
  for (int i = 0; i < 1000; ++i) one.tones('2').wait(300ms);
  CHECK(one.told.size() == 1032);
}
