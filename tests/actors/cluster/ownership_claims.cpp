#include "tests/actors/cluster/ownership_fixture.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

claim_outcome whose(const later_answer<claim_ruling>& ruling) {
  REQUIRE(*ruling);
  return (*ruling)->whose;
}

}  // namespace

TEST_CASE_FIXTURE(ownership_fixture, "a call is that of the first node to claim it") {
  auto& a = start("a");
  auto& b = start("b");
  const auto first = a.claim("1", "v3:1");
  // Though the store has answered.
  CHECK_FALSE(*first);
  const auto second = b.claim("2", "v3:1");
  host.run();
  CHECK(whose(first) == claim_outcome::ours);
  CHECK(may_act((*first)->pass));
  CHECK(whose(second) == claim_outcome::anothers);
  CHECK_FALSE(may_act((*second)->pass));
  CHECK(b.lost.empty());
  const auto again = a.claim("1", "v3:1");
  host.run();
  CHECK(whose(again) == claim_outcome::ours);
  CHECK((*again)->pass == (*first)->pass);
  CHECK(a.store.asked == lines{"claim 1 v3:1"});
  CHECK(counted(lease_outcome::ours) == 1);
  CHECK(counted(lease_outcome::anothers) == 1);
}

TEST_CASE_FIXTURE(ownership_fixture, "whose a call is is asked again until the store answers") {
  auto& a = start("a");
  a.store.loses_answers = true;
  const auto ruling = a.claim("1", "v3:1");
  host.advance(50ms);
  CHECK_FALSE(*ruling);
  a.store.loses_answers = false;
  host.advance(100ms);
  CHECK(whose(ruling) == claim_outcome::ours);
  CHECK(a.store.count("claim 1 v3:1") == 2);
}

TEST_CASE_FIXTURE(ownership_fixture, "a call begins without the store, and is the node's when it is back") {
  auto& a = start("a");
  a.store.is_away = true;
  const auto ruling = a.claim("1", "v3:1");
  host.advance(599ms);
  CHECK_FALSE(*ruling);
  host.advance(1ms);
  CHECK(whose(ruling) == claim_outcome::unknown);
  CHECK(may_act((*ruling)->pass));
  CHECK(a.own.number("1").term == 0);
  a.store.is_away = false;
  live(5000ms);
  CHECK(row("1").owner == a.own.self());
  CHECK(may_act((*ruling)->pass));
  CHECK(a.lost.empty());
  CHECK(a.own.number("1").term == 1);
  CHECK(counted(lease_outcome::unknown) == 1);
}

TEST_CASE_FIXTURE(ownership_fixture, "a call that began without the store may be another's when it is back") {
  auto& a = start("a");
  auto& b = start("b");
  live(1000ms);
  a.store.is_away = true;
  const auto ruling = a.claim("1", "v3:1");
  live(750ms);
  CHECK(whose(ruling) == claim_outcome::unknown);
  const auto pass = (*ruling)->pass;
  CHECK(may_act(pass));
  const auto theirs = b.claim("2", "v3:1");
  host.run();
  CHECK(whose(theirs) == claim_outcome::ours);
  a.store.is_away = false;
  live(5000ms);
  CHECK(a.lost == lines{"1"});
  CHECK_FALSE(may_act(pass));
  CHECK(may_act((*theirs)->pass));
  CHECK_FALSE(rows.calls.contains("1"));
}

TEST_CASE_FIXTURE(ownership_fixture, "a call that begins before its node has joined is claimed then") {
  auto& b = start("b");
  nodes.push_back(std::make_unique<owning_node>(host, measure, rows, "a", false));
  auto& a = *nodes.back();
  a.store.is_away = true;
  a.own.begin();
  const auto first = a.claim("1", "v3:1");
  const auto second = a.claim("2", "v3:2");
  a.claim("3", "v3:3");
  live(750ms);
  CHECK(whose(first) == claim_outcome::unknown);
  const auto pass = (*first)->pass;
  CHECK(may_act(pass));
  CHECK(may_act((*second)->pass));
  a.own.end("3");
  b.claim("4", "v3:2");
  host.run();
  a.store.is_away = false;
  live(1000ms);
  CHECK(row("1").owner == a.own.self());
  CHECK(may_act(pass));
  CHECK(a.lost == lines{"2"});
  CHECK_FALSE(may_act((*second)->pass));
  CHECK_FALSE(rows.calls.contains("3"));
  // From now on it goes by the epoch.
  a.is_cut = a.store.is_away = true;
  live(1000ms);
  CHECK_FALSE(may_act(pass));
}

TEST_CASE_FIXTURE(ownership_fixture, "a call that is dialled is known by the carrier's id once it has one") {
  auto& a = start("a");
  const auto first = a.claim("1", "");
  host.run();
  CHECK(whose(first) == claim_outcome::ours);
  const auto named = a.claim("1", "v3:9");
  // Elsewhere it could not be found yet.
  CHECK_FALSE(a.own.give_away("1"));
  host.run();
  CHECK(whose(named) == claim_outcome::ours);
  CHECK((*named)->pass == (*first)->pass);
  CHECK(row("1").carrier_call_id == "v3:9");
  CHECK(a.store.asked == lines{"claim 1 ", "claim 1 v3:9"});
  CHECK(a.own.give_away("1"));
}

TEST_CASE_FIXTURE(ownership_fixture, "the carrier's id is said to the store when it is back") {
  auto& a = start("a");
  const auto first = a.claim("1", "");
  host.run();
  a.store.is_away = true;
  const auto named = a.claim("1", "v3:9");
  live(750ms);
  CHECK(whose(named) == claim_outcome::unknown);
  CHECK(may_act((*first)->pass));
  a.store.is_away = false;
  live(5000ms);
  CHECK(row("1").carrier_call_id == "v3:9");
  CHECK(may_act((*first)->pass));
  CHECK(a.lost.empty());
}

TEST_CASE_FIXTURE(ownership_fixture, "a call that was dialled is lost when its leg is another call's") {
  auto& a = start("a");
  auto& b = start("b");
  own(b, "9");
  const auto first = a.claim("1", "");
  host.run();
  const auto named = a.claim("1", "v3:9");
  host.run();
  CHECK(whose(named) == claim_outcome::anothers);
  CHECK_FALSE(may_act((*first)->pass));
  CHECK(row("1").ended);
  CHECK_FALSE(row("9").ended);
  CHECK(a.lost.empty());
}

TEST_CASE_FIXTURE(ownership_fixture, "a call that ends while it is claimed leaves no lease") {
  auto& a = start("a");
  a.store.holds = "claim";
  const auto ruling = a.claim("1", "v3:1");
  host.run();
  a.own.end("1");
  host.run();
  CHECK(whose(ruling) == claim_outcome::anothers);
  CHECK_FALSE(row("1").ended);
  a.store.let_go();
  host.run();
  CHECK(row("1").ended);
  CHECK(a.lost.empty());
}

TEST_CASE_FIXTURE(ownership_fixture, "a call that is over is not claimed once more") {
  auto& a = start("a");
  own(a, "1");
  a.store.is_away = true;
  a.own.end("1");
  const auto early = a.claim("1", "v3:1");
  host.run();
  CHECK(whose(early) == claim_outcome::anothers);
  a.store.is_away = false;
  live(5000ms);
  CHECK(row("1").ended);
  const auto late = a.claim("1", "v3:1");
  host.run();
  CHECK(whose(late) == claim_outcome::anothers);
}

TEST_CASE_FIXTURE(ownership_fixture, "what is claimed for an epoch that is fenced is not this node's") {
  auto& a = start("a");
  live(250ms);
  rows.nodes.at(a.own.self()->epoch).is_fenced = true;
  const auto ruling = a.claim("1", "v3:1");
  host.run();
  CHECK_FALSE(*ruling);
  live(250ms);
  CHECK(whose(ruling) == claim_outcome::anothers);
  CHECK(a.fences == 1);
  CHECK(a.lost.empty());
  CHECK_FALSE(rows.calls.contains("1"));
  CHECK(may_act(own(a, "1")));
}

TEST_CASE_FIXTURE(ownership_fixture, "answers that come behind the end of whoever asked do nothing") {
  auto& a = start("a");
  const auto ruling = a.claim("1", "v3:1");
  const auto found = a.find("1");
  kill(a);
  host.run();
  CHECK_FALSE(*ruling);
  CHECK_FALSE(*found);
}

TEST_CASE_FIXTURE(ownership_fixture, "whose a call is can be asked by its id and by the carrier's") {
  auto& a = start("a");
  auto& b = start("b");
  own(b, "1");
  const auto by_id = a.find("1");
  const auto by_leg = a.find("v3:1");
  const auto nobody = a.find("2");
  host.run();
  REQUIRE(*by_id);
  REQUIRE(**by_id);
  CHECK((**by_id)->owner == b.own.self());
  REQUIRE(*by_leg);
  REQUIRE(**by_leg);
  CHECK((**by_leg)->call_id == "1");
  REQUIRE(*nobody);
  CHECK_FALSE(**nobody);
  a.store.holds = "find";
  const auto late = a.find("1");
  host.advance(599ms);
  CHECK_FALSE(*late);
  host.advance(1ms);
  REQUIRE(*late);
  CHECK_FALSE(**late);
  a.store.let_go();
  host.run();
  CHECK_FALSE(**late);
}

}  // namespace tandem::test
