#include "protocols/audio/g711.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "protocols/telnyx/media.hpp"
#include "tests/lab/load/media_text.hpp"
#include "tests/lab/load/stream_check.hpp"

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

const sound_book& book() {
  static const auto made = sound_book::spoken();
  return made;
}

std::vector<std::uint8_t> frames(std::uint32_t call, std::uint32_t from, std::uint32_t to) {
  std::vector<std::uint8_t> out;
  for (auto n = from; n < to; ++n) {
    const auto frame = book().tagged({.call = call, .number = n, .sound = book().caller_sound(n), .sent = n});
    out.insert(out.end(), frame.begin(), frame.end());
  }
  return out;
}

}  // namespace

TEST_CASE("a tag is read back from the frame that carries it, and from nowhere else") {
  const frame_tag tag{.call = 0xabcdef, .number = 0x123456, .sound = 7, .sent = 0xfedcba9};
  auto frame = book().tagged(tag);
  CHECK(read_tag(frame) == tag);
  CHECK_FALSE(read_tag(std::span(frame).subspan(1)));
  CHECK_FALSE(read_tag(std::span(frame).first(tag_bytes - 1)));
  frame[40] ^= 1;
  CHECK_FALSE(read_tag(frame));
  frame.fill(g711::ulaw_silence);
  CHECK_FALSE(read_tag(frame));
}

TEST_CASE("a tag makes silence no voice, and voice no silence") {
  voice_activity ears(voice_activity_settings{});
  std::uint64_t position = 0;
  const auto hear = [&](std::uint16_t sound, std::uint32_t number) {
    const auto frame =
        book().tagged({.call = 0xffffff, .number = number, .sound = sound, .sent = number * 20000});
    const auto changes = ears.feed_ulaw(position, frame);
    position += frame.size();
    return !changes.empty();
  };
  for (std::uint32_t n = 0; n < 200; ++n) CHECK_FALSE(hear(sound_book::silence, n));
  bool started = false;
  for (std::uint32_t n = 0; n < book().caller_frames(); ++n)
    started = hear(book().caller_sound(n), n) || started;
  CHECK(started);
}

TEST_CASE("a media frame is what the carrier would send, with its digits and its tag") {
  media_text text("a \"stream\"");
  for (const std::uint64_t number : {1ULL, 9ULL, 10ULL, 99'999ULL, 16'000'000ULL}) {
    const frame_tag tag{.call = 3, .number = static_cast<std::uint32_t>(number), .sound = 2, .sent = 5};
    std::string frame(text.frame_of(number + 1, number, book(), tag));
    REQUIRE(frame.size() > 8);
    CHECK(frame.substr(0, 2) == "\x81\xfe");
    CHECK(static_cast<std::size_t>(static_cast<std::uint8_t>(frame[2]) << 8 |
                                   static_cast<std::uint8_t>(frame[3])) == frame.size() - 8);
    CHECK(frame.substr(4, 4) == std::string(4, '\0'));
    auto event = telnyx::decode_event(std::span(frame).subspan(8));
    REQUIRE(event);
    const auto* media = std::get_if<telnyx::media>(&*event);
    REQUIRE(media);
    CHECK(media->sequence == static_cast<std::int64_t>(number + 1));
    CHECK(media->stream_id == "a \"stream\"");
    CHECK(media->source == telnyx::track::inbound);
    CHECK(media->chunk == static_cast<std::int64_t>(number));
    const auto wanted = book().tagged(tag);
    CHECK(std::equal(media->payload.begin(), media->payload.end(), wanted.begin(), wanted.end()));
  }
}

TEST_CASE("a client's frame says its length in as many bytes as it needs") {
  for (const std::size_t size : {0U, 125U, 126U, 65'535U, 65'536U}) {
    std::string out;
    append_client_frame(out, std::string(size, 'x'));
    CHECK(out.size() == size + (size < 126 ? 6 : size < 65'536 ? 8 : 14));
    CHECK(out.ends_with(std::string(size, 'x')));
  }
}

TEST_CASE("a stream that is whole has nothing wrong with it, however it is cut") {
  const auto all = frames(5, 0, 20);
  for (const std::size_t step : {1UL, 7UL, 159UL, 160UL, 800UL, all.size()}) {
    stream_check check(book(), 5);
    std::uint32_t seen = 0;
    for (std::size_t at = 0; at < all.size(); at += step) {
      check.take(std::span(all).subspan(at, std::min(step, all.size() - at)),
                 [&](const frame_tag& tag, bool fresh) {
                   CHECK(fresh);
                   CHECK(tag.number == seen++);
                 });
    }
    check.finish();
    CHECK(check.counts().frames == 20);
    CHECK(check.next() == 20);
    CHECK(check.counts().missing + check.counts().repeated + check.counts().foreign + check.counts().wrong +
              check.counts().filling ==
          0);
  }
}

TEST_CASE("silence between frames is filling, anything else is wrong") {
  stream_check check(book(), 5);
  check.take(frames(5, 0, 2), {});
  check.take(std::vector<std::uint8_t>(333, g711::ulaw_silence), {});
  check.take(frames(5, 2, 3), {});
  check.take(std::vector<std::uint8_t>(10, 0x17), {});
  check.finish();
  CHECK(check.counts().frames == 3);
  CHECK(check.counts().filling == 333);
  CHECK(check.counts().wrong == 10);
}

TEST_CASE("a byte of a frame that is not as it was sent makes the frame wrong") {
  auto sent = frames(5, 0, 3);
  sent[160 + 150] ^= 0x10;
  stream_check check(book(), 5);
  check.take(sent, {});
  CHECK(check.counts().frames == 2);
  CHECK(check.counts().wrong == 160);
}

TEST_CASE("frames left out, twice and of another call are told apart") {
  stream_check check(book(), 5);
  check.take(frames(5, 0, 3), {});
  check.take(frames(5, 6, 8), {});
  check.take(frames(5, 0, 1), {});
  check.take(frames(6, 8, 10), {});
  CHECK(check.counts().missing == 3);
  CHECK(check.counts().repeated == 1);
  CHECK(check.counts().foreign == 2);
}

TEST_CASE("a new connection may begin again where the old one was, once") {
  stream_check check(book(), 5);
  check.take(frames(5, 0, 10), {});
  check.reconnected();
  check.take(frames(5, 4, 12), {});
  CHECK(check.counts().replayed == 6);
  CHECK(check.counts().frames == 12);
  CHECK(check.counts().repeated == 0);
  check.take(frames(5, 4, 5), {});
  CHECK(check.counts().repeated == 1);
}

TEST_CASE("frames left out of a replay are missing, although they came before it") {
  stream_check check(book(), 5);
  check.take(frames(5, 0, 10), {});
  check.reconnected();
  check.take(frames(5, 4, 6), {});
  check.take(frames(5, 7, 8), {});
  CHECK(check.counts().missing == 1);
  check.take(frames(5, 10, 11), {});
  CHECK(check.counts().missing == 3);
  CHECK(check.counts().repeated == 0);
}

}  // namespace tandem::lab
