#include "protocols/cluster/node_lease.hpp"

#include <utility>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace leases;
using namespace std::chrono_literals;
using news = node_lease::news;

const lease_rules rules{.drift = 10};
const node_id self{.name = "a", .epoch = 4};
const node_id peer{.name = "b", .epoch = 3};
const node_id unknown{.name = "c", .epoch = 1};
const node_id earlier{.name = "a", .epoch = 2};

/// A node that has joined beside one peer, which knows it.
struct joined_node {
  joined_node() {
    const auto order = core.due(now).value();
    CHECK(std::get<join>(order.what).name == "a");
    CHECK(core.settle(order.ticket, answer(0), now) == news::joined);
    core.set_room(10);
  }

  standing answer(std::int64_t peers_renewals, std::int64_t peers_view = self.epoch) const {
    standing out{.self = self, .renewals = ++const_cast<std::int64_t&>(renewals), .view = self.epoch};
    out.members = {{.node = peer, .address = {}, .renewals = peers_renewals, .view = peers_view}};
    return out;
  }

  template <class Request>
  std::pair<std::uint64_t, Request> next() {
    auto order = core.due(now).value();
    return {order.ticket, std::get<Request>(order.what)};
  }

  /// Renews and is answered at once, every quarter of a second, until then.
  void renew_until(moment until, std::int64_t peers_renewals, std::int64_t peers_view = self.epoch) {
    for (; now < until; now += 250ms)
      core.settle(next<renew>().first, answer(peers_renewals, peers_view), now);
  }

  bool may_act(moment at) const { return core.permitted()->valid(at); }

  moment now{100s};
  std::int64_t renewals = 0;
  node_lease core{rules, join{.name = "a", .address = {}}, true};
};

}  // namespace

TEST_CASE("permission counts from before the request, less what clocks may drift") {
  joined_node at;
  const auto sent = at.now;
  const auto ticket = at.next<renew>().first;
  at.core.settle(ticket, at.answer(0), sent + 400ms);
  CHECK(at.may_act(sent + 979ms));
  CHECK_FALSE(at.may_act(sent + 980ms));
}

TEST_CASE("one request is under way at a time, and an answer counts for its own request") {
  joined_node at;
  const auto first = at.now;
  const auto [early, request] = at.next<renew>();
  CHECK(request.epoch == self.epoch);
  CHECK(request.view == self.epoch);
  CHECK(request.alone);
  CHECK_FALSE(at.core.due(first + 300ms));
  CHECK(at.core.wake_up(first + 300ms) == first + 500ms);
  at.now = first + 500ms;
  const auto late = at.next<renew>().first;
  at.core.settle(early, at.answer(0), first + 600ms);
  CHECK_FALSE(at.may_act(first + 980ms));
  at.core.settle(late, at.answer(0), first + 700ms);
  CHECK(at.may_act(first + 1479ms));
  CHECK_FALSE(at.may_act(first + 1480ms));
  // What the name did before is ended once.
  at.now = first + 750ms;
  CHECK_FALSE(at.next<renew>().second.alone);
}

TEST_CASE("a fenced epoch never acts again, and the node joins with none of its calls") {
  joined_node at;
  const auto before = at.core.permitted();
  CHECK(before->valid(at.now));
  const auto ticket = at.next<renew>().first;
  CHECK(at.core.settle(ticket, standing{.fenced = true}, at.now) == news::fenced);
  CHECK_FALSE(before->valid(at.now));
  CHECK_FALSE(at.core.self());
  CHECK_FALSE(at.core.ask(at.now));
  const auto again = at.next<join>().first;
  auto fresh = at.answer(0);
  fresh.self.epoch = fresh.view = 9;
  CHECK(at.core.settle(again, fresh, at.now) == news::joined);
  CHECK(at.may_act(at.now));
  CHECK_FALSE(before->valid(at.now));
}

TEST_CASE("a peer that does not renew is fenced after the timeout, and its calls are adopted") {
  joined_node at;
  const auto seen = at.now;
  at.renew_until(seen + 1000ms, 7);
  at.core.settle(at.next<renew>().first, at.answer(7), at.now);
  const auto [ticket, request] = at.next<fence>();
  CHECK(request.whom == peer.epoch);
  CHECK(request.seen == 7);
  CHECK(request.renewals == at.renewals);
  at.core.settle(ticket, std::optional<bool>(true), at.now);
  CHECK(at.core.is_fenced(peer.epoch));
  const auto [adoption_ticket, wanted] = at.next<adopt>();
  CHECK(wanted.most == 8);
  auto calls =
      at.core.settle(adoption_ticket,
                     adoption{.stood = true, .calls = {{.call_id = "1", .owner = self, .term = 2}}}, at.now);
  CHECK(calls.size() == 1);
  CHECK_FALSE(at.core.due(at.now));
}

TEST_CASE("a peer that renews, or was promised, or has never known this node is not fenced yet") {
  joined_node renewing;
  for (int i = 0; i < 20; ++i) {
    renewing.core.settle(renewing.next<renew>().first, renewing.answer(i), renewing.now);
    CHECK_FALSE(renewing.core.due(renewing.now));
    renewing.now += 250ms;
  }
  joined_node promised;
  const auto start = promised.now;
  promised.renew_until(start + 900ms, 7);
  CHECK(promised.core.promised_to({.asker = peer, .asked = {}}, start + 900ms));
  for (; promised.now < start + 1900ms; promised.now += 250ms) {
    promised.core.settle(promised.next<renew>().first, promised.answer(7), promised.now);
    CHECK_FALSE(promised.core.due(promised.now));
  }
  promised.core.settle(promised.next<renew>().first, promised.answer(7), promised.now);
  promised.next<fence>();
  joined_node stranger;
  stranger.renew_until(stranger.now + 10s, 7, peer.epoch);
  stranger.renew_until(moment{100s} + rules.outage, 7, peer.epoch);
  stranger.core.settle(stranger.next<renew>().first, stranger.answer(7, peer.epoch), stranger.now);
  stranger.next<fence>();
}

TEST_CASE("no promise is given while an attempt is under way, nor before a renewal has made it void") {
  joined_node at;
  at.renew_until(at.now + 1000ms, 7);
  at.core.settle(at.next<renew>().first, at.answer(7), at.now);
  const question asked{.asker = peer, .asked = {}};
  const auto ticket = at.next<fence>().first;
  CHECK_FALSE(at.core.promised_to(asked, at.now));
  at.core.settle(ticket, std::optional<bool>(), at.now);
  CHECK_FALSE(at.core.promised_to(asked, at.now));
  CHECK_FALSE(at.core.due(at.now));
  at.now += 250ms;
  at.core.settle(at.next<renew>().first, at.answer(8), at.now);
  const auto given = at.core.promised_to(asked, at.now);
  REQUIRE(given);
  CHECK(given->by == self);
  CHECK(given->to == peer);
}

TEST_CASE("a renewal counts from when its node told of it, if the store showed it later") {
  joined_node at;
  at.renew_until(at.now + 1000ms, 7);
  const auto told = at.now + 10ms;
  const auto tell = [&](std::int64_t renewals, moment when) {
    CHECK(at.core.promised_to({.asker = peer, .asked = {}, .renewals = renewals}, when));
  };
  const auto go_on = [&] {
    at.renew_until(at.now + 1ms, 7);
    at.renew_until(told + 1190ms, 8);
  };
  SUBCASE("of the one that the store shows") {
    tell(8, told);
    go_on();
    CHECK_FALSE(at.core.due(told + 995ms));
    const auto order = at.core.due(told + 1005ms);
    REQUIRE(order);
    CHECK(std::get<fence>(order->what).seen == 8);
  }
  SUBCASE("of that one and again later, to be promised something") {
    tell(8, told);
    tell(8, told + 200ms);
    go_on();
    CHECK_FALSE(at.core.due(told + 1195ms));
    CHECK(at.core.due(told + 1205ms));
  }
  SUBCASE("of an earlier one") {
    tell(7, told);
    go_on();
    CHECK_FALSE(at.core.due(told + 1205ms));
  }
  SUBCASE("of a later one") {
    tell(9, told);
    go_on();
    CHECK_FALSE(at.core.due(told + 1205ms));
  }
}

TEST_CASE("whoever could not reach the store gives others time, whatever they had told it before") {
  joined_node at;
  at.renew_until(at.now + 1000ms, 7);
  CHECK(at.core.promised_to({.asker = peer, .asked = {}, .renewals = 8}, at.now));
  at.now += 2000ms;
  for (const auto back = at.now; at.now < back + 1000ms; at.now += 250ms) {
    at.core.settle(at.next<renew>().first, at.answer(8), at.now);
    CHECK_FALSE(at.core.due(at.now));
  }
  at.core.settle(at.next<renew>().first, at.answer(8), at.now);
  at.next<fence>();
}

TEST_CASE("without the store a node acts on as long as every member promises") {
  joined_node at;
  const auto start = at.now;
  for (; at.now < start + 10s; at.now += 250ms) {
    if (const auto order = at.core.due(at.now))
      at.core.settle(order->ticket, std::optional<standing>(), at.now);
    CHECK(at.may_act(at.now));
    at.core.take({.by = peer, .to = self, .asked = at.now}, at.now);
    // Neither of these is a member's word for this epoch.
    at.core.take({.by = unknown, .to = self, .asked = at.now + 1s}, at.now);
    at.core.take({.by = peer, .to = earlier, .asked = at.now}, at.now);
    at.core.take({.by = peer, .to = self, .asked = at.now + 1s}, at.now);
  }
  CHECK(at.may_act(at.now + 729ms));
  CHECK_FALSE(at.may_act(at.now + 730ms));
  for (; at.now < start + rules.outage; at.now += 250ms)
    at.core.take({.by = peer, .to = self, .asked = at.now}, at.now);
  CHECK_FALSE(at.may_act(at.now));
}

TEST_CASE("who has been without the store gives the others time to reach it again") {
  joined_node at;
  at.renew_until(at.now + 500ms, 7);
  at.now += 5s;
  at.core.settle(at.next<renew>().first, at.answer(7), at.now);
  CHECK_FALSE(at.core.due(at.now));
  at.now += 250ms;
  at.renew_until(at.now + 750ms, 7);
  CHECK_FALSE(at.core.due(at.now - 100ms));
}

TEST_CASE("an adoption whose answer was lost is asked for again, and names no call that has gone on") {
  joined_node at;
  auto orphaned = at.answer(1);
  orphaned.orphans = true;
  at.core.settle(at.next<renew>().first, orphaned, at.now);
  const auto lost = at.next<adopt>().first;
  CHECK(at.core.settle(lost, std::optional<adoption>(), at.now).empty());
  at.now += 250ms;
  at.core.settle(at.next<renew>().first, at.answer(2), at.now);
  const auto again = at.next<adopt>().first;
  at.core.part_with("1", 3);
  at.core.part_with("2", 3);
  const adoption both{.stood = true, .calls = {{.call_id = "1", .term = 3}, {.call_id = "2", .term = 4}}};
  CHECK(at.core.settle(lost, both, at.now).empty());
  const auto calls = at.core.settle(again, both, at.now);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].call_id == "2");
}

TEST_CASE("a node that drains adopts nothing, and one that has left asks for nothing") {
  joined_node at;
  at.core.set_room(0);
  auto orphaned = at.answer(1);
  orphaned.orphans = true;
  at.core.settle(at.next<renew>().first, orphaned, at.now);
  CHECK_FALSE(at.core.due(at.now));
  at.core.leave();
  CHECK_FALSE(at.may_act(at.now));
  CHECK_FALSE(at.core.due(at.now + 10s));
  CHECK(at.core.wake_up(at.now) == moment::max());
  CHECK_FALSE(at.core.promised_to({.asker = peer, .asked = {}}, at.now));
}

}  // namespace tandem::test
