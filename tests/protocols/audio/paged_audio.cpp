#include "protocols/audio/paged_audio.hpp"

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

bytes copied(const paged_audio& kept, std::uint64_t from, std::uint64_t to) {
  bytes out;
  kept.copy(from, to, out);
  return out;
}

}  // namespace

TEST_CASE("it gives back what lies between two positions") {
  paged_audio kept(1000);
  kept.append(counting(500));
  CHECK(kept.begin() == 1000);
  CHECK(kept.end() == 1500);
  CHECK(copied(kept, 1000, 1500) == counting(500));
  CHECK(copied(kept, 1100, 1103) == bytes{100, 101, 102});
}

TEST_CASE("positions are clamped to what is held") {
  paged_audio kept;
  CHECK(copied(kept, 0, 100).empty());
  kept.append(counting(10));
  kept.drop_until(4);
  CHECK(copied(kept, 0, 6) == bytes{4, 5});
  CHECK(copied(kept, 8, 1000) == bytes{8, 9});
  CHECK(copied(kept, 7, 5).empty());
  kept.drop_until(2);
  CHECK(kept.begin() == 4);
  kept.drop_until(100);
  CHECK(kept.begin() == 10);
  CHECK(kept.size() == 0);
}

TEST_CASE("bytes stay what they were over pages that come and go, at any piece size") {
  for (std::size_t piece = 1; piece < 9000; piece += 337) {
    paged_audio kept(7);
    std::uint64_t end = 7;
    for (int i = 0; i < 100; ++i) {
      kept.append(counting(piece, end));
      end += piece;
      if (kept.size() > 30000) kept.drop_until(end - 10000);
    }
    REQUIRE(kept.end() == end);
    CHECK(copied(kept, 0, end) == counting(kept.size(), kept.begin()));
    CHECK(copied(kept, end - 1, end) == counting(1, end - 1));
  }
}

TEST_CASE("memory follows what is held and is none when that is nothing") {
  constexpr auto page = paged_audio::page_bytes;
  paged_audio kept(3);
  CHECK(kept.memory() == 0);
  kept.append(counting(30 * page));
  CHECK(kept.memory() == 30 * page);
  kept.drop_until(kept.end() - page - 1);
  CHECK(kept.memory() == 2 * page);
  kept.append(counting(page));
  CHECK(kept.memory() == 3 * page);
  kept.drop_until(kept.end());
  CHECK(kept.memory() == 0);
  kept.append(counting(1));
  CHECK(kept.memory() == page);
  kept.restart(0);
  CHECK(kept.memory() == 0);
}

TEST_CASE("what lies behind a position is forgotten, and other bytes take its place") {
  constexpr auto page = paged_audio::page_bytes;
  for (const std::uint64_t cut : {page, 2 * page - 1, 2 * page, 2 * page + 1, 3 * page}) {
    paged_audio kept;
    kept.append(counting(3 * page));
    kept.drop_until(10);
    kept.drop_behind(cut);
    CHECK(kept.end() == cut);
    CHECK(kept.memory() == (cut + page - 1) / page * page);
    kept.append(counting(page, cut));
    CHECK(copied(kept, 0, cut + page) == counting(cut + page - 10, 10));
  }
  paged_audio kept;
  kept.append(counting(100));
  kept.drop_until(50);
  kept.drop_behind(3);
  CHECK(kept.begin() == 50);
  CHECK(kept.size() == 0);
  CHECK(kept.memory() == 0);
}

TEST_CASE("a copy goes on as the original does") {
  paged_audio kept;
  kept.append(counting(10000));
  auto copy = kept;
  kept.append(counting(10, 10000));
  copy.append(counting(10, 10000));
  kept = paged_audio();
  CHECK(copied(copy, 0, 20000) == counting(10010));
}

TEST_CASE("what is restarted is empty and counts from the new position") {
  paged_audio kept;
  kept.append(counting(100));
  kept.restart(5);
  CHECK(kept.begin() == 5);
  CHECK(kept.size() == 0);
  kept.append(bytes{9});
  CHECK(copied(kept, 5, 6) == bytes{9});
}
