#include "actors/media/provider_order.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

using places = std::vector<std::size_t>;

TEST_CASE("a call begins with the first provider, and the others follow in their order") {
  CHECK(provider_order(1).candidates() == places{0});
  CHECK(provider_order(3).candidates() == places{0, 1, 2});
}

TEST_CASE("one failure leaves a call where it is, two in a row do not") {
  provider_order order(2);
  order.choose(0);
  order.failed();
  CHECK(order.candidates() == places{0, 1});
  order.proved_good();
  order.failed();
  CHECK(order.candidates() == places{0, 1});
  order.failed();
  CHECK(order.candidates() == places{1, 0});
}

TEST_CASE("a call stays with the one that stands in, and goes in a circle when that fails as well") {
  provider_order order(2);
  order.move_on();
  order.choose(1);
  CHECK(order.present() == 1);
  CHECK(order.candidates() == places{1, 0});
  order.failed();
  CHECK(order.candidates() == places{1, 0});
  order.failed();
  CHECK(order.candidates() == places{0, 1});
}

TEST_CASE("who has refused is not asked again, and when all have there is nobody left") {
  provider_order order(2);
  order.refused();
  CHECK(order.candidates() == places{1});
  order.choose(1);
  order.failed();
  order.failed();
  CHECK(order.candidates() == places{1});
  order.refused();
  CHECK(order.candidates().empty());
}

TEST_CASE("a single provider is tried again however often it fails") {
  provider_order order(1);
  for (int i = 0; i < 10; ++i) {
    order.failed();
    CHECK(order.candidates() == places{0});
  }
  order.move_on();
  CHECK(order.candidates() == places{0});
}
