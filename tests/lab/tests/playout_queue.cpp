#include "tests/lab/playout_queue.hpp"

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

constexpr std::uint8_t quiet = 0xff;

using list = std::vector<std::string>;

/// Audio of so many frames and bytes more, each frame of its own number.
std::vector<std::uint8_t> audio(std::size_t frames, std::size_t more = 0) {
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i < frames * frame_bytes + more; ++i)
    out.push_back(static_cast<std::uint8_t>(i / frame_bytes + 1));
  return out;
}

/// What the next 20 ms bring: the first and the last byte, and the marks that were reached.
struct played {
  explicit played(playout_queue& from) { is_audio = from.next(sound, marks); }
  frame sound{};
  list marks;
  bool is_audio = false;
};

}  // namespace

TEST_CASE("audio is played in order, 20 ms at a time, and the line is silent behind it") {
  playout_queue queue(quiet);
  CHECK(queue.media(audio(2, 40)));
  for (std::uint8_t n = 1; n <= 2; ++n) {
    const played next(queue);
    CHECK(next.is_audio);
    CHECK(next.sound.front() == n);
    CHECK(next.sound.back() == n);
  }
  const played tail(queue);
  CHECK(tail.is_audio);
  CHECK(tail.sound[39] == 3);
  CHECK(tail.sound[40] == quiet);
  const played nothing(queue);
  CHECK_FALSE(nothing.is_audio);
  CHECK(nothing.sound.front() == quiet);
  CHECK(queue.queued() == 0);
}

TEST_CASE("a mark goes back when everything before it was played, at once when nothing is") {
  playout_queue queue(quiet);
  CHECK(queue.mark("idle"));
  queue.media(audio(1, 80));
  CHECK_FALSE(queue.mark("first"));
  queue.media(audio(1));
  CHECK_FALSE(queue.mark("second"));
  CHECK(played(queue).marks.empty());
  CHECK(played(queue).marks == list{"first"});
  CHECK(played(queue).marks == list{"second"});
  CHECK(queue.mark("idle again"));
}

TEST_CASE("clear forgets all audio and gives back every mark in order") {
  playout_queue queue(quiet);
  queue.media(audio(3));
  queue.mark("a");
  queue.media(audio(3));
  queue.mark("b");
  played one(queue);
  CHECK(queue.clear() == list{"a", "b"});
  CHECK(queue.queued() == 0);
  CHECK_FALSE(played(queue).is_audio);
  CHECK(queue.clear().empty());
  // What comes afterwards is on its own.
  queue.media(audio(1));
  queue.mark("c");
  CHECK(played(queue).marks == list{"c"});
}

TEST_CASE("beyond its bound the queue takes nothing, and goes on once it has room") {
  playout_queue queue(quiet, 2 * frame_bytes);
  CHECK(queue.media(audio(2)));
  CHECK_FALSE(queue.media(audio(0, 1)));
  CHECK(queue.queued() == 2 * frame_bytes);
  played one(queue);
  CHECK(queue.media(audio(1)));
}

}  // namespace tandem::lab
