#include "protocols/events/event_ring.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

event_ring ring_of_four(std::size_t bytes = 10'000) {
  event_ring ring(bytes);
  ring.add(1, "a", "one ");
  ring.add(2, "b", "two ");
  ring.add(4, "a", "four ");
  ring.add(7, "b", "seven ");
  return ring;
}

}  // namespace

TEST_CASE("what came behind an event is remembered in order, of all calls or of one") {
  const auto ring = ring_of_four();
  CHECK(ring.after(0, "") == "one two four seven ");
  CHECK(ring.after(2, "") == "four seven ");
  CHECK(ring.after(3, "") == "four seven ");
  CHECK(ring.after(7, "").empty());
  CHECK(ring.after(0, "a") == "one four ");
  CHECK(ring.after(4, "b") == "seven ");
  CHECK(ring.after(0, "nobody").empty());
  CHECK(ring.has_all_after(0));
}

TEST_CASE("the oldest make room, and it is known that they did") {
  const auto all = ring_of_four();
  const auto ring = ring_of_four(all.bytes() - 1);
  CHECK(ring.after(0, "") == "two four seven ");
  CHECK_FALSE(ring.has_all_after(0));
  CHECK(ring.has_all_after(1));
  CHECK(ring.bytes() < all.bytes());
}

TEST_CASE("an event that is larger than the ring is not remembered, and known to be missing") {
  event_ring ring(500);
  ring.add(1, "a", "one ");
  ring.add(2, "a", std::string(1000, 'x'));
  CHECK(ring.after(0, "").empty());
  CHECK(ring.bytes() == 0);
  CHECK_FALSE(ring.has_all_after(1));
  CHECK(ring.has_all_after(2));
}

TEST_CASE("calls that are forgotten leave nothing, and are not missed") {
  auto ring = ring_of_four();
  ring.forget({"a", "nobody"});
  CHECK(ring.after(0, "") == "two seven ");
  CHECK(ring.has_all_after(0));
  ring.forget({"b"});
  CHECK(ring.bytes() == 0);
}

TEST_CASE("an event of another node has its place under its own id") {
  auto ring = ring_of_four();
  ring.add(9, "c", "nine ", "other-1");
  ring.add(10, "a", "ten ");
  CHECK(ring.place_of("other-1") == 9);
  CHECK(ring.after(9, "") == "ten ");
  CHECK(ring.place_of("other-2") == std::nullopt);
  CHECK(ring.place_of("") == std::nullopt);
  ring.forget({"c"});
  CHECK(ring.place_of("other-1") == std::nullopt);
  CHECK(ring.after(7, "") == "ten ");
}
