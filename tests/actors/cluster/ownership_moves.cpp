#include "tests/actors/cluster/ownership_fixture.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// Two nodes that know each other, one of which has a call.
struct moving_fixture : ownership_fixture {
  moving_fixture() { live(1000ms); }

  leases::offer offer() {
    const auto out = a.own.give_away("1");
    REQUIRE(out);
    return *out;
  }

  owning_node& a = start("a");
  owning_node& b = start("b");
  const std::shared_ptr<const call_pass> pass = own(a, "1");
};

}  // namespace

TEST_CASE_FIXTURE(moving_fixture, "a call that is given away is nobody's until the other node has it") {
  const auto given = offer();
  CHECK(given.from == a.own.self());
  CHECK(given.term == 1);
  CHECK_FALSE(may_act(pass));
  CHECK_FALSE(a.own.give_away("1"));
  const auto taken = b.take(given);
  CHECK_FALSE(*taken);
  host.run();
  REQUIRE(*taken);
  REQUIRE(**taken);
  CHECK((**taken)->lease.term == 2);
  CHECK((**taken)->lease.carrier_call_id == "v3:1");
  CHECK(may_act((**taken)->pass));
  a.own.handed_over("1", 2);
  CHECK(a.own.number("1").term == 1);
  a.own.handed_over("1", 1);
  CHECK(a.own.number("1").term == 0);
  CHECK_FALSE(may_act(pass));
  live(2000ms);
  CHECK(b.adopted.empty());
  CHECK(a.lost.empty());
  CHECK(counted(lease_outcome::given) == 1);
  CHECK(counted(lease_outcome::taken) == 1);
}

TEST_CASE_FIXTURE(moving_fixture, "a call comes home") {
  const auto taken = b.take(offer());
  host.run();
  a.own.handed_over("1", 1);
  const auto back = b.own.give_away("1");
  REQUIRE(back);
  const auto home = a.take(*back);
  host.run();
  REQUIRE(*home);
  REQUIRE(**home);
  CHECK((**home)->lease.term == 3);
  CHECK(may_act((**home)->pass));
  CHECK_FALSE(may_act(pass));
  CHECK_FALSE(may_act((**taken)->pass));
}

TEST_CASE_FIXTURE(moving_fixture, "an offer is taken once") {
  auto& c = start("c");
  const auto given = offer();
  const auto first = b.take(given);
  const auto second = c.take(given);
  host.run();
  REQUIRE(*first);
  CHECK(**first);
  REQUIRE(*second);
  CHECK_FALSE(**second);
  const auto own_again = b.take(given);
  host.run();
  REQUIRE(*own_again);
  CHECK_FALSE(**own_again);
  CHECK(may_act((**first)->pass));
}

TEST_CASE_FIXTURE(moving_fixture, "a call that nobody took is taken back, and then nobody can") {
  const auto given = offer();
  const auto back = a.take_back("1");
  CHECK_FALSE(*back);
  host.run();
  CHECK(*back == true);
  CHECK(may_act(pass));
  CHECK(a.own.number("1").term == 2);
  const auto late = b.take(given);
  host.run();
  REQUIRE(*late);
  CHECK_FALSE(**late);
  // Its answer to an offer that is over.
  a.own.handed_over("1", 1);
  host.run();
  CHECK(may_act(pass));
  CHECK(a.adopted.empty());
  CHECK(a.own.give_away("1"));
}

TEST_CASE_FIXTURE(moving_fixture, "a call that was taken is not taken back") {
  const auto taken = b.take(offer());
  host.run();
  const auto back = a.take_back("1");
  host.run();
  CHECK(*back == false);
  CHECK_FALSE(may_act(pass));
  CHECK(may_act((**taken)->pass));
  CHECK(a.lost.empty());
  const auto unknown = a.take_back("1");
  host.run();
  CHECK(*unknown == false);
}

TEST_CASE_FIXTURE(moving_fixture, "a call waits for the store to be taken back") {
  offer();
  a.store.is_away = b.store.is_away = true;
  const auto back = a.take_back("1");
  live(2000ms);
  CHECK_FALSE(*back);
  CHECK_FALSE(may_act(pass));
  a.store.is_away = b.store.is_away = false;
  live(3000ms);
  CHECK(*back == true);
  CHECK(may_act(pass));
}

TEST_CASE_FIXTURE(moving_fixture, "no call is given away while the store is away") {
  a.store.is_away = b.store.is_away = true;
  live(1250ms);
  CHECK_FALSE(a.own.give_away("1"));
  CHECK(may_act(pass));
  a.store.is_away = b.store.is_away = false;
  live(250ms);
  CHECK(a.own.give_away("1"));
}

TEST_CASE_FIXTURE(moving_fixture, "a call that was taken though nobody heard it begins as an adopted one") {
  b.store.loses_answers = true;
  const auto taken = b.take(offer());
  live(750ms);
  REQUIRE(*taken);
  CHECK_FALSE(**taken);
  b.store.loses_answers = false;
  const auto back = a.take_back("1");
  live(2500ms);
  CHECK(*back == false);
  REQUIRE(b.adopted.size() == 1);
  CHECK(b.adopted[0].lease.term == 2);
  CHECK(may_act(b.adopted[0].pass));
}

TEST_CASE_FIXTURE(moving_fixture, "a call that was refused is not taken later") {
  b.store.is_away = true;
  const auto taken = b.take(offer());
  live(750ms);
  REQUIRE(*taken);
  CHECK_FALSE(**taken);
  const auto tries = b.store.count("take 1");
  b.store.is_away = false;
  live(2500ms);
  CHECK(b.store.count("take 1") == tries);
  CHECK(b.adopted.empty());
  const auto back = a.take_back("1");
  live(8000ms);
  CHECK(*back == true);
  CHECK(may_act(pass));
  CHECK(b.adopted.empty());
  CHECK(b.lost.empty());
  // Nothing of it is left there.
  const auto again = b.take(offer());
  host.run();
  REQUIRE(*again);
  CHECK(**again);
}

TEST_CASE_FIXTURE(moving_fixture, "a call whose new owner dies comes back to whoever gave it away") {
  b.take(offer());
  host.run();
  kill(b);
  live(2500ms);
  CHECK(a.adopted.empty());
  a.own.handed_over("1", 1);
  host.run();
  REQUIRE(a.adopted.size() == 1);
  CHECK(a.adopted[0].lease.term == 3);
  CHECK(may_act(a.adopted[0].pass));
  CHECK_FALSE(may_act(pass));
}

TEST_CASE_FIXTURE(moving_fixture, "a call that ends while it is offered can be taken by nobody") {
  const auto given = offer();
  const auto back = a.take_back("1");
  a.own.end("1");
  host.run();
  CHECK(*back == false);
  CHECK(row("1").ended);
  const auto late = b.take(given);
  host.run();
  REQUIRE(*late);
  CHECK_FALSE(**late);
}

}  // namespace tandem::test
