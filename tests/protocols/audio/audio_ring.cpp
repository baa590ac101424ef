#include "protocols/audio/audio_ring.hpp"

#include <numeric>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes counting(std::size_t size, std::uint64_t from = 0) {
  bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>((from + i) % 251);
  return out;
}

bytes copied(const audio_ring& ring, std::uint64_t from, std::uint64_t to) {
  bytes out;
  ring.copy(from, to, out);
  return out;
}

}  // namespace

TEST_CASE("a ring gives back what lies between two positions") {
  audio_ring ring(1000);
  ring.append(counting(500));
  CHECK(ring.begin() == 1000);
  CHECK(ring.end() == 1500);
  CHECK(copied(ring, 1000, 1500) == counting(500));
  CHECK(copied(ring, 1100, 1103) == bytes{100, 101, 102});
}

TEST_CASE("a ring clamps positions to what it holds") {
  audio_ring ring;
  CHECK(copied(ring, 0, 100).empty());
  ring.append(counting(10));
  ring.drop_until(4);
  CHECK(copied(ring, 0, 6) == bytes{4, 5});
  CHECK(copied(ring, 8, 1000) == bytes{8, 9});
  CHECK(copied(ring, 7, 5).empty());
  ring.drop_until(2);
  CHECK(ring.begin() == 4);
  ring.drop_until(100);
  CHECK(ring.begin() == 10);
  CHECK(ring.size() == 0);
}

TEST_CASE("a ring keeps its bytes when it wraps and when it grows, at any piece size") {
  for (std::size_t piece = 1; piece < 700; piece += 37) {
    audio_ring ring(7);
    std::uint64_t end = 7;
    // Grows past the first store while its content wraps around the end of it.
    for (int i = 0; i < 400; ++i) {
      ring.append(counting(piece, end));
      end += piece;
      if (ring.size() > 3000 && i < 200) ring.drop_until(end - 1000);
    }
    REQUIRE(ring.end() == end);
    CHECK(copied(ring, 0, end) == counting(ring.size(), ring.begin()));
  }
}

TEST_CASE("a restarted ring is empty and counts from the new position") {
  audio_ring ring;
  ring.append(counting(100));
  ring.restart(5);
  CHECK(ring.begin() == 5);
  CHECK(ring.size() == 0);
  ring.append(bytes{9});
  CHECK(copied(ring, 5, 6) == bytes{9});
}
