#include "protocols/cluster/call_lease.hpp"

#include <memory>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace leases;
using namespace std::chrono_literals;
using phase = call_lease::phase;

const node_id self{.name = "a", .epoch = 4};
const node_id other{.name = "b", .epoch = 5};
constexpr moment now{10s};

struct permitted_node {
  permitted_node() { permitted->set(now + 1s); }

  std::shared_ptr<permission> permitted = std::make_shared<permission>();
  call_lease ringing{self, permitted, claim{.call_id = "1", .carrier_call_id = "v3:1"}};
};

std::vector<lease> row(const node_id& owner, std::int64_t term) {
  return {{.call_id = "1", .carrier_call_id = "v3:1", .owner = owner, .term = term}};
}

}  // namespace

TEST_CASE("a call that rings is nobody's here before the store says whose it is") {
  permitted_node at;
  REQUIRE(at.ringing.wanted());
  CHECK(std::get<claim>(*at.ringing.wanted()).epoch == self.epoch);
  CHECK_FALSE(at.ringing.may_act(now));
  CHECK_FALSE(at.ringing.end());
  CHECK(at.ringing.learn(row(self, 1)) == phase::held);
  CHECK(at.ringing.may_act(now));
  CHECK_FALSE(at.ringing.may_act(now + 1s));
  CHECK_FALSE(at.ringing.wanted());
  at.permitted->revoke();
  CHECK_FALSE(at.ringing.may_act(now));
  at.permitted->set(now + 5s);
  CHECK_FALSE(at.ringing.may_act(now));
}

TEST_CASE("a call that another node has, under whatever id, or that is over, is gone") {
  for (const auto& answer : {row(other, 1), std::vector<lease>{}}) {
    permitted_node at;
    CHECK(at.ringing.learn(answer) == phase::gone);
    CHECK(at.ringing.learn(row(self, 7)) == phase::gone);
    CHECK_FALSE(at.ringing.end());
  }
  permitted_node at;
  auto same_node = row(self, 1);
  same_node[0].call_id = std::string("2");
  CHECK(at.ringing.learn(same_node) == phase::gone);
  CHECK(at.ringing.known().call_id == "2");
  permitted_node late;
  auto over = row(self, 1);
  over[0].ended = true;
  CHECK(late.ringing.learn(over) == phase::gone);
}

TEST_CASE("who offers a call does not act until it has it back in a later term") {
  permitted_node at;
  at.ringing.learn(row(self, 1));
  const auto given = at.ringing.give_away();
  REQUIRE(given);
  CHECK(given->term == 1);
  CHECK_FALSE(at.ringing.give_away());
  CHECK_FALSE(at.ringing.may_act(now));
  // A late answer to the claim.
  CHECK(at.ringing.learn(row(self, 1)) == phase::offered);
  const auto back = std::get<take>(at.ringing.wanted().value());
  CHECK(back.epoch == self.epoch);
  CHECK(back.from == self.epoch);
  CHECK(back.term == 1);
  CHECK(at.ringing.learn(row(self, 2)) == phase::held);
  CHECK(at.ringing.may_act(now));
  CHECK(at.ringing.give_away().value().term == 2);
  // What was said of the earlier offer.
  at.ringing.handed_over(1);
  CHECK(at.ringing.where() == phase::offered);
  at.ringing.handed_over(2);
  CHECK(at.ringing.where() == phase::gone);
}

TEST_CASE("who is offered a call has it when the store says so") {
  permitted_node at;
  call_lease offered(self, at.permitted, offer{.call_id = "1", .from = other, .term = 3});
  const auto wanted = std::get<take>(offered.wanted().value());
  CHECK(wanted.epoch == self.epoch);
  CHECK(wanted.from == other.epoch);
  CHECK(wanted.term == 3);
  CHECK_FALSE(offered.may_act(now));
  // An answer from before, when another offer of it was taken back.
  CHECK(offered.learn(row(other, 3)) == phase::asking);
  CHECK(offered.learn(row(self, 4)) == phase::held);
  call_lease too_late(self, at.permitted, offer{.call_id = "1", .from = other, .term = 3});
  CHECK(too_late.learn(row(other, 4)) == phase::gone);
}

TEST_CASE("a call that is over is released by whoever has it, offered or not") {
  permitted_node at;
  call_lease adopted(self, at.permitted, row(self, 2)[0]);
  CHECK(adopted.may_act(now));
  REQUIRE(adopted.give_away());
  CHECK(adopted.end().value().epoch == self.epoch);
  CHECK_FALSE(adopted.end());
  CHECK_FALSE(adopted.wanted());
  CHECK_FALSE(adopted.may_act(now));
}

TEST_CASE("a node that shares its calls with nobody may always act") {
  CHECK(permission::unlimited().valid(now + std::chrono::hours(24 * 365)));
  CHECK_FALSE(permission().valid(moment{}));
}

}  // namespace tandem::test
