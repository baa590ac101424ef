#include "protocols/audio/reorder.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <random>
#include <string>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using numbers = std::vector<std::int64_t>;

/// A window whose frames carry their own number; remembers what came out.
struct window {
  explicit window(reorder::settings rules = {}) : frames(rules) {}

  window& push(std::optional<std::int64_t> chunk, std::optional<std::int64_t> content = {}) {
    const std::string text = std::to_string(content ? *content : chunk.value_or(0));
    frames.push(chunk, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    return drain();
  }
  window& push_all(const numbers& chunks) {
    for (const auto chunk : chunks) push(chunk);
    return *this;
  }
  window& drain() {
    while (const auto frame = frames.next()) {
      out.push_back(std::stoll(std::string(frame->payload.begin(), frame->payload.end())));
      missing.push_back(frame->missing);
    }
    return *this;
  }
  window& end() {
    frames.flush();
    return drain();
  }

  reorder frames;
  numbers out;
  std::vector<std::uint32_t> missing;
};

}  // namespace

TEST_CASE("frames in order pass straight through, in the memory they came in") {
  reorder frames;
  const std::array<std::uint8_t, 160> payload{};
  for (std::int64_t chunk = 7; chunk < 100; ++chunk) {
    frames.push(chunk, payload);
    const auto frame = frames.next();
    REQUIRE(frame.has_value());
    CHECK(frame->payload.data() == payload.data());
    CHECK(frame->payload.size() == payload.size());
    CHECK(frame->missing == 0);
    CHECK_FALSE(frames.next());
  }
  CHECK(frames.counted().ok == 93);
  CHECK(frames.waiting() == 0);
}

TEST_CASE("frames out of order are put into order") {
  window it;
  it.push_all({1, 3, 2, 5, 6, 4, 7});
  CHECK(it.out == numbers{1, 2, 3, 4, 5, 6, 7});
  CHECK(it.missing == std::vector<std::uint32_t>(7, 0));
  CHECK(it.frames.counted().lost == 0);
  CHECK(it.frames.counted().late == 0);
}

TEST_CASE("the window drops a frame that comes twice") {
  window it;
  it.push_all({1, 2, 2, 4, 4, 3, 3, 1});
  CHECK(it.out == numbers{1, 2, 3, 4});
  CHECK(it.frames.counted().ok == 4);
  CHECK(it.frames.counted().late == 4);
}

TEST_CASE("a missing frame is waited for until three later ones have come and one more") {
  window it;
  it.push_all({1, 3, 4, 5});
  CHECK(it.out == numbers{1});
  CHECK(it.frames.waiting() == 3);
  it.push(6);
  CHECK(it.out == numbers{1, 3, 4, 5, 6});
  CHECK(it.missing == std::vector<std::uint32_t>{0, 1, 0, 0, 0});
  CHECK(it.frames.counted().lost == 1);
  it.push(2).push(7);
  CHECK(it.out.back() == 7);
  CHECK(it.frames.counted().late == 1);
}

TEST_CASE("a second hole is waited for by itself") {
  window it;
  it.push_all({1, 3, 5, 6, 7, 4});
  CHECK(it.out == numbers{1, 3, 4, 5, 6, 7});
  CHECK(it.frames.counted().lost == 1);
}

TEST_CASE("a longer hole is counted frame by frame") {
  window it;
  it.push_all({10, 21, 22, 23, 24});
  CHECK(it.out == numbers{10, 21, 22, 23, 24});
  CHECK(it.missing[1] == 10);
  CHECK(it.frames.counted().lost == 10);
}

TEST_CASE("what waits at the end of the stream is given out") {
  window it;
  it.push_all({1, 4, 3});
  CHECK(it.out == numbers{1});
  it.end();
  CHECK(it.out == numbers{1, 3, 4});
  CHECK(it.missing == std::vector<std::uint32_t>{0, 1, 0});
  it.push(5);
  CHECK(it.out.back() == 5);
}

TEST_CASE("a sender that counts in steps is understood after one window") {
  window it;
  numbers chunks;
  for (std::int64_t chunk = 2; chunk < 100; chunk += 2) chunks.push_back(chunk);
  it.push_all(chunks);
  CHECK(it.out == chunks);
  CHECK(it.frames.waiting() == 0);
  CHECK(it.frames.counted().lost == 0);
  it.push(102);
  CHECK(it.frames.waiting() == 1);
  it.push(100);
  CHECK(it.out.back() == 102);
}

TEST_CASE("a sender that begins to count in steps is understood after one frame more") {
  window it;
  it.push_all({1, 2, 3});
  numbers chunks;
  for (std::int64_t chunk = 5; chunk < 40; chunk += 2) chunks.push_back(chunk);
  it.push_all(chunks);
  CHECK(it.frames.waiting() == 0);
  CHECK(it.frames.counted().lost == 1);
  CHECK(it.out.size() == 3 + chunks.size());
}

TEST_CASE("a sender that stops counting in steps is understood at once") {
  window it;
  it.push_all({2, 4, 6, 8, 10, 12});
  it.push_all({13, 14, 15});
  CHECK(it.out == numbers{2, 4, 6, 8, 10, 12, 13, 14, 15});
  CHECK(it.frames.counted().lost == 0);
}

TEST_CASE("frames without numbers keep the order they came in") {
  window it;
  it.push({}, 5).push({}, 3).push({}, 3);
  CHECK(it.out == numbers{5, 3, 3});
  CHECK(it.frames.counted().ok == 3);
}

TEST_CASE("a frame without a number follows whatever came before it") {
  window it;
  it.push_all({1, 3}).push({}, 99).push_all({50, 51});
  CHECK(it.out == numbers{1, 3, 99, 50, 51});
  CHECK(it.frames.counted().lost == 1);
}

TEST_CASE("a counter that begins anew goes on at once when it jumps far") {
  window it;
  it.push_all({1000, 1001, 1003, 1, 2, 3});
  CHECK(it.out == numbers{1000, 1001, 1003, 1, 2, 3});
  it.push_all({5'000'000'000, 5'000'000'001});
  CHECK(it.out.back() == 5'000'000'001);
  CHECK(it.frames.counted().lost == 1);
  CHECK(it.frames.counted().late == 0);
}

TEST_CASE("a counter that begins anew nearby goes on after a few frames") {
  window it;
  it.push_all({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  it.push_all({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(it.frames.counted().late == 8);
  CHECK(it.out.size() == 15 + 3);
  CHECK(it.out.back() == 11);
}

TEST_CASE("numbers at the ends of their range are numbers like others") {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  window it;
  it.push_all({most - 1, most, least, least + 1, most, least, 0, -1, 1});
  CHECK(it.out == numbers{most - 1, most, least, least + 1, most, least, 0, 1});
}

TEST_CASE("too many bytes are not kept waiting") {
  window it({.depth = 3, .bytes = 3});
  it.push_all({1, 3, 4});
  CHECK(it.frames.waiting() == 2);
  it.push(55555);
  CHECK(it.out == numbers{1, 3, 4, 55555});
  window big({.depth = 3, .bytes = 3, .jump = 100'000});
  big.push_all({10, 12, 55555});
  CHECK(big.out == numbers{10, 12, 55555});
  CHECK(big.missing == std::vector<std::uint32_t>{0, 1, 55555 - 12 - 1});
  CHECK(big.frames.waiting() == 0);
}

TEST_CASE("a window without depth waits for nothing") {
  window it({.depth = 0});
  it.push_all({1, 3, 2, 4});
  CHECK(it.out == numbers{1, 3, 4});
  CHECK(it.frames.counted().lost == 1);
  CHECK(it.frames.counted().late == 1);
}

TEST_CASE("any order of close numbers comes out rising, each frame once, and all are accounted for") {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    numbers chunks;
    for (std::int64_t chunk = 1; chunk <= 100; ++chunk) {
      if (random() % 10 != 0) chunks.push_back(chunk);
      if (random() % 10 == 0) chunks.push_back(chunk);
    }
    for (std::size_t i = 0; i + 3 < chunks.size(); i += 2) std::swap(chunks[i], chunks[i + random() % 3]);
    window it;
    it.push_all(chunks).end();
    CHECK(std::is_sorted(it.out.begin(), it.out.end(), std::less_equal<>()));
    const auto& counted = it.frames.counted();
    CHECK(counted.ok == it.out.size());
    CHECK(counted.ok + counted.late == chunks.size());
    CHECK(counted.ok + counted.lost == static_cast<std::uint64_t>(it.out.back() - it.out.front() + 1));
  }
}

TEST_CASE("a frame that was spoiled counts as lost") {
  window frames;
  frames.push_all({1, 2, 3});
  frames.frames.spoiled();
  frames.push(4);
  CHECK(frames.frames.counted().ok == 3);
  CHECK(frames.frames.counted().lost == 1);
  CHECK(frames.frames.counted().late == 0);
}
