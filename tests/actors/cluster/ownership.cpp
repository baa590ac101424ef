#include "actors/cluster/ownership.hpp"

#include "tests/actors/cluster/ownership_fixture.hpp"

#include <chrono>
#include <memory>
#include <string>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE_FIXTURE(ownership_fixture, "a node joins as soon as the store is there") {
  nodes.push_back(std::make_unique<owning_node>(host, measure, rows, "a", false));
  auto& a = *nodes.back();
  a.store.is_away = true;
  a.own.begin();
  live(2000ms);
  CHECK_FALSE(a.own.is_member());
  CHECK_FALSE(a.own.is_permitted());
  CHECK_FALSE(a.own.question());
  a.store.is_away = false;
  live(500ms);
  CHECK(a.own.is_member());
  CHECK(a.own.is_permitted());
  CHECK(a.own.self()->name == "a");
  const auto& b = start("b");
  live(500ms);
  REQUIRE(a.own.members().size() == 1);
  CHECK(a.own.members()[0].node == b.own.self());
}

TEST_CASE_FIXTURE(ownership_fixture, "nodes that promise go on without the store, and others do not") {
  auto& a = start("a");
  auto& b = start("b");
  live(1000ms);
  const auto pass = own(a, "1");
  a.store.is_away = b.store.is_away = true;
  live(5000ms);
  CHECK(may_act(pass));
  CHECK(b.own.is_permitted());
  a.is_cut = true;
  live(1000ms);
  CHECK_FALSE(may_act(pass));
  CHECK_FALSE(a.own.is_permitted());
  CHECK_FALSE(b.own.is_permitted());
  a.is_cut = false;
  live(500ms);
  CHECK(may_act(pass));
  CHECK(a.fences + b.fences == 0);
}

TEST_CASE_FIXTURE(ownership_fixture, "a node that was fenced has lost its calls, and takes new ones") {
  auto& a = start("a");
  auto& b = start("b");
  live(1000ms);
  const auto old = own(a, "1");
  const auto before = a.own.self();
  a.is_cut = a.store.is_away = true;
  live(2000ms);
  CHECK_FALSE(may_act(old));
  REQUIRE(b.adopted.size() == 1);
  CHECK(b.adopted[0].lease.call_id == "1");
  CHECK(b.adopted[0].lease.term == 2);
  CHECK(may_act(b.adopted[0].pass));
  CHECK(a.fences == 0);
  a.is_cut = a.store.is_away = false;
  live(500ms);
  CHECK(a.fences == 1);
  CHECK(a.own.is_permitted());
  CHECK(a.own.self()->epoch > before->epoch);
  CHECK(may_act(own(a, "2")));
  CHECK_FALSE(may_act(old));
  CHECK_FALSE(a.own.give_away("1"));
  CHECK(counted(lease_outcome::lost) == 1);
}

TEST_CASE_FIXTURE(ownership_fixture, "what a dead node had is adopted once, with what it left") {
  auto& a = start("a");
  auto* dead = &start("b");
  live(1000ms);
  own(*dead, "1");
  own(*dead, "2");
  dead->keep("1", "so far");
  host.run();
  kill(*dead);
  live(2500ms);
  REQUIRE(a.adopted.size() == 2);
  CHECK(a.adopted[0].lease.ledger == "so far");
  CHECK(a.adopted[0].lease.owner == a.own.self());
  CHECK(a.adopted[1].lease.call_id == "2");
  CHECK(may_act(a.adopted[1].pass));
  // Nothing was kept of either yet, so the store names both again with the next ones.
  dead = &start("c");
  live(1000ms);
  own(*dead, "3");
  kill(*dead);
  live(2500ms);
  REQUIRE(a.adopted.size() == 3);
  CHECK(a.adopted[2].lease.call_id == "3");
  CHECK(counted(lease_outcome::adopted) == 3);
}

TEST_CASE_FIXTURE(ownership_fixture, "a call that is ended while it is adopted once more stays ended") {
  auto& a = start("a");
  auto* dead = &start("b");
  live(1000ms);
  own(*dead, "1");
  kill(*dead);
  live(2500ms);
  REQUIRE(a.adopted.size() == 1);
  dead = &start("c");
  live(1000ms);
  own(*dead, "2");
  kill(*dead);
  a.store.holds = "adopt";
  live(2000ms);
  a.own.end("1");
  host.run();
  CHECK(row("1").ended);
  a.store.let_go();
  live(2500ms);
  REQUIRE(a.adopted.size() == 2);
  CHECK(a.adopted[1].lease.call_id == "2");
}

TEST_CASE_FIXTURE(ownership_fixture, "a node without room adopts nothing") {
  auto& a = start("a");
  auto& b = start("b");
  live(1000ms);
  own(b, "1");
  a.own.set_room(0);
  kill(b);
  live(3000ms);
  CHECK(a.adopted.empty());
  a.own.set_room(1);
  host.run();
  CHECK(a.adopted.size() == 1);
}

TEST_CASE_FIXTURE(ownership_fixture, "a node that is known to be the only one of its name waits for nobody") {
  auto& first = start("a");
  own(first, "1");
  kill(first);
  auto& again = start("a", true);
  live(500ms);
  REQUIRE(again.adopted.size() == 1);
  CHECK(again.adopted[0].lease.call_id == "1");
}

TEST_CASE_FIXTURE(ownership_fixture, "a node leaves when its leases are ended, and the rest goes to others") {
  auto& a = start("a");
  auto& b = start("b");
  live(1000ms);
  own(a, "1");
  const auto left = own(a, "2");
  const auto epoch = a.own.self()->epoch;
  a.store.holds = "release";
  a.own.end("1");
  bool is_gone = false;
  a.own.leave(2s, [&] { is_gone = true; });
  host.run();
  CHECK_FALSE(is_gone);
  CHECK(may_act(left));
  CHECK_FALSE(rows.nodes.at(epoch).is_fenced);
  a.store.let_go();
  host.run();
  CHECK(is_gone);
  CHECK_FALSE(may_act(left));
  CHECK(rows.nodes.at(epoch).is_fenced);
  const auto late = a.claim("3", "v3:3");
  live(500ms);
  REQUIRE(*late);
  CHECK((*late)->whose == claim_outcome::anothers);
  REQUIRE(b.adopted.size() == 1);
  CHECK(b.adopted[0].lease.call_id == "2");
  CHECK(a.fences == 0);
}

TEST_CASE_FIXTURE(ownership_fixture, "a node leaves without the store") {
  auto& a = start("a");
  own(a, "1");
  a.store.is_away = true;
  a.own.end("1");
  host.run();
  bool is_gone = false;
  a.own.leave(2s, [&] { is_gone = true; });
  host.run();
  CHECK(is_gone);
  CHECK_FALSE(a.own.is_member());
}

TEST_CASE_FIXTURE(ownership_fixture, "a node leaves at its limit when the store stands still") {
  auto& a = start("a");
  own(a, "1");
  a.store.holds = "release";
  a.own.end("1");
  bool is_gone = false;
  a.own.leave(2s, [&] { is_gone = true; });
  host.advance(1999ms);
  CHECK_FALSE(is_gone);
  host.advance(1ms);
  CHECK(is_gone);
  CHECK_FALSE(a.own.is_member());
}

TEST_CASE_FIXTURE(ownership_fixture, "a node that never joined leaves at once") {
  nodes.push_back(std::make_unique<owning_node>(host, measure, rows, "a", false));
  auto& a = *nodes.back();
  a.store.is_away = true;
  a.own.begin();
  bool is_gone = false;
  a.own.leave(2s, [&] { is_gone = true; });
  host.run();
  CHECK(is_gone);
}

}  // namespace tandem::test
