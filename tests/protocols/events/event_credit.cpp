#include "protocols/events/event_credit.hpp"

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr credit_rules four{.events = 4, .patience = 15s};

}  // namespace

TEST_CASE("a follower is sent so much until it says again that it follows, and learns how much it lacks") {
  const moment now{};
  event_credit credit(four, now);
  for (int n = 0; n < 4; ++n) CHECK(credit.spend(false, now));
  for (int n = 0; n < 3; ++n) CHECK_FALSE(credit.spend(false, now));
  credit.renew(now);
  CHECK(credit.spend(false, now));
  CHECK(credit.take_left_out() == 3);
  CHECK(credit.take_left_out() == 0);
}

TEST_CASE("what is replaced anyway is left out first, and nobody lacks it") {
  const moment now{};
  event_credit credit(four, now);
  for (int n = 0; n < 2; ++n) CHECK(credit.spend(true, now));
  CHECK_FALSE(credit.spend(true, now));
  for (int n = 0; n < 2; ++n) CHECK(credit.spend(false, now));
  CHECK(credit.take_left_out() == 0);
}

TEST_CASE("whoever says nothing for too long is sent nothing, and lacks it once it is back") {
  const moment now{};
  event_credit credit(four, now);
  CHECK(credit.spend(false, now + 15s));
  CHECK_FALSE(credit.spend(false, now + 15'001ms));
  CHECK_FALSE(credit.spend(true, now + 16s));
  credit.renew(now + 20s);
  CHECK(credit.spend(false, now + 35s));
  CHECK(credit.take_left_out() == 1);
}

}  // namespace tandem::test
