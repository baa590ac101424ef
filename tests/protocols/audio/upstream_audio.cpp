#include "protocols/audio/upstream_audio.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using bytes = std::vector<std::uint8_t>;

/// The call's audio: each byte says its position.
bytes audio(std::uint64_t from, std::size_t size) {
  bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>((from + i) % 251);
  return out;
}

constexpr upstream_audio::settings small{.capacity = 4000, .chunk = 800, .sample = 1};

}  // namespace

TEST_CASE("frames come out as whole chunks in order") {
  upstream_audio call(small);
  bytes out;
  for (std::uint64_t at = 0; at < 1600; at += 160) {
    CHECK(call.take_chunk(out) == (at == 800));
    call.append(audio(at, 160));
  }
  CHECK(call.unsent_bytes() == 800);
  REQUIRE(call.take_chunk(out));
  CHECK(out == audio(800, 800));
  CHECK(call.sent_position() == 1600);
  CHECK_FALSE(call.take_chunk(out));
  CHECK(out.empty());
}

TEST_CASE("audio cut into pieces at every byte gives the same chunks") {
  const bytes whole = audio(0, 1000);
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    upstream_audio call(small);
    call.append(std::span(whole).first(cut));
    call.append(std::span(whole).subspan(cut));
    bytes out;
    REQUIRE(call.take_chunk(out));
    CHECK(out == audio(0, 800));
    REQUIRE(call.take_rest(out));
    CHECK(out == audio(800, 200));
  }
}

TEST_CASE("the rest is what no whole chunk holds, at most a chunk, and once") {
  upstream_audio call(small);
  bytes out;
  CHECK_FALSE(call.take_rest(out));
  call.append(audio(0, 1000));
  REQUIRE(call.take_rest(out));
  CHECK(out.size() == 800);
  REQUIRE(call.take_rest(out));
  CHECK(out == audio(800, 200));
  CHECK_FALSE(call.take_rest(out));
}

TEST_CASE("a backlog leaves in larger pieces of whole chunks") {
  upstream_audio call(small);
  call.append(audio(0, 3000));
  bytes out;
  REQUIRE(call.take_chunk(out, 10));
  CHECK(out == audio(0, 2400));
  CHECK(call.unsent_bytes() == 600);
}

TEST_CASE("a new connection gets everything after the last commit, once and in order") {
  upstream_audio call(small);
  call.append(audio(0, 2500));
  bytes out;
  while (call.take_chunk(out)) {
  }
  call.committed(1000);
  CHECK(call.buffered_bytes() == 1500);
  CHECK(call.rewind() == 1000);
  CHECK(call.unsent_bytes() == 1500);
  REQUIRE(call.take_chunk(out));
  CHECK(out == audio(1000, 800));
  REQUIRE(call.take_rest(out));
  CHECK(out == audio(1800, 700));
}

TEST_CASE("what is skipped is forgotten, sent or not, and is not lost") {
  upstream_audio call(small);
  call.append(audio(0, 2000));
  bytes out;
  REQUIRE(call.take_chunk(out));
  call.skip(1200);
  CHECK(call.buffered_bytes() == 800);
  CHECK(call.unsent_bytes() == 800);
  CHECK(call.dropped_bytes() == 0);
  CHECK(call.forgotten_bytes() == 0);
  CHECK(call.rewind() == 1200);
  REQUIRE(call.take_chunk(out));
  CHECK(out == audio(1200, 800));
}

TEST_CASE("a commit never forgets what was not sent") {
  upstream_audio call(small);
  call.append(audio(0, 1000));
  bytes out;
  call.take_chunk(out);
  call.committed(1000);
  CHECK(call.unsent_bytes() == 200);
  REQUIRE(call.take_rest(out));
  CHECK(out == audio(800, 200));
}

TEST_CASE("beyond its bound the oldest audio goes and is counted as lost") {
  upstream_audio call(small);
  for (std::uint64_t at = 0; at < 8000; at += 160) call.append(audio(at, 160));
  CHECK(call.buffered_bytes() == 4000);
  CHECK(call.dropped_bytes() == 4000);
  CHECK(call.forgotten_bytes() == 0);
  CHECK(call.sent_position() == 4000);
  bytes out;
  REQUIRE(call.take_chunk(out));
  CHECK(out == audio(4000, 800));
}

TEST_CASE("sent audio that is dropped is only forgotten") {
  upstream_audio call(small);
  call.append(audio(0, 4000));
  bytes out;
  call.take_chunk(out, 2);
  call.append(audio(4000, 800));
  CHECK(call.forgotten_bytes() == 800);
  CHECK(call.dropped_bytes() == 0);
  call.append(audio(4800, 1000));
  CHECK(call.forgotten_bytes() == 1600);
  CHECK(call.dropped_bytes() == 200);
  CHECK(call.rewind() == 1800);
}

TEST_CASE("one append larger than the bound leaves its newest audio") {
  upstream_audio call(small);
  call.append(audio(0, 160));
  call.append(audio(160, 10'000));
  CHECK(call.buffered_bytes() == 4000);
  CHECK(call.end_position() == 10'160);
  CHECK(call.dropped_bytes() == 6160);
  bytes out;
  REQUIRE(call.take_chunk(out));
  CHECK(out == audio(6160, 800));
}

TEST_CASE("only whole samples are dropped") {
  upstream_audio call({.capacity = 100, .chunk = 20, .sample = 2});
  call.append(audio(0, 99));
  call.append(audio(99, 4));
  CHECK(call.sent_position() == 4);
  CHECK(call.dropped_bytes() == 4);
}

TEST_CASE("a copy goes on as the original does") {
  upstream_audio call(small);
  call.append(audio(0, 1500));
  bytes out, copied;
  call.take_chunk(out);
  upstream_audio copy = call;
  call.append(audio(1500, 160));
  copy.append(audio(1500, 160));
  REQUIRE(call.take_chunk(out));
  REQUIRE(copy.take_chunk(copied));
  CHECK(out == copied);
}

TEST_CASE("a chunk reuses the memory of the one before") {
  upstream_audio call(small);
  bytes out;
  call.append(audio(0, 800));
  call.take_chunk(out);
  const std::uint8_t* const memory = out.data();
  for (int i = 0; i < 100; ++i) {
    call.append(audio(0, 160));
    if (call.take_chunk(out)) call.committed(call.sent_position());
  }
  CHECK(out.data() == memory);
  CHECK(out.capacity() == 800);
}
