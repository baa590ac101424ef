#include "gateway/store/sql_session.hpp"
#include "tests/gateway/store/store_fixture.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <type_traits>

namespace tandem::test {

namespace {

using namespace leases;

template <class Request>
auto answer_for(const Request&) {
  if constexpr (std::is_same_v<Request, join> || std::is_same_v<Request, renew>) {
    return standing();
  } else if constexpr (std::is_same_v<Request, adopt>) {
    return adoption();
  } else if constexpr (std::is_same_v<Request, claim> || std::is_same_v<Request, take> ||
                       std::is_same_v<Request, find_lease>) {
    return std::vector<lease>();
  } else {
    return bool();
  }
}

/// The answer, when it comes; nothing = the store says that it cannot be had.
template <class Request>
auto asked(open_store& at, Request request) {
  using answer = decltype(answer_for(request));
  auto promise = std::make_shared<std::promise<std::optional<answer>>>();
  at.store->ask(std::move(request),
                [promise](std::optional<answer> what) { promise->set_value(std::move(what)); });
  return promise->get_future();
}

template <class Request>
auto ask(open_store& at, Request request) {
  auto coming = asked(at, std::move(request));
  REQUIRE(coming.wait_for(store_patience) == std::future_status::ready);
  auto answer = coming.get();
  REQUIRE(answer);
  return std::move(*answer);
}

/// Two nodes' stores on one empty database.
struct two_nodes {
  empty_database at{.url = shared_postgres().make_database()};
  open_store first{at.settings()};
  open_store second{other()};

  store_settings other() const {
    auto how = at.settings();
    how.node = "other";
    how.journal.clear();
    return how;
  }
};

claim claim_of(const standing& by, const std::string& call) {
  return {.epoch = by.self.epoch, .call_id = call, .carrier_call_id = "v3:" + call};
}

fence fence_of(const standing& by, const standing& whom) {
  return {.epoch = by.self.epoch, .renewals = by.renewals, .whom = whom.self.epoch, .seen = whom.renewals};
}

adopt adopt_of(const standing& by, std::size_t most = 3) {
  return {.epoch = by.self.epoch, .renewals = by.renewals, .most = most};
}

}  // namespace

TEST_CASE("nodes that take over from a lost one at once own each of its calls once") {
  if (!postgres_server::installed()) return;
  two_nodes nodes;
  for (int round = 0; round < 40; ++round) {
    const auto lost = ask(nodes.first, join{.name = "lost"});
    const auto a = ask(nodes.first, join{.name = "a"});
    const auto b = ask(nodes.second, join{.name = "b"});
    for (int call = 0; call < 7; ++call)
      ask(nodes.first, claim_of(lost, std::to_string(round) + "-" + std::to_string(call)));
    auto one = asked(nodes.first, fence_of(a, lost));
    auto other = asked(nodes.second, fence_of(b, lost));
    CHECK(one.get() == true);
    CHECK(other.get() == true);
    CHECK(ask(nodes.first, renew{.epoch = lost.self.epoch}).fenced);
    // What an adoption says it has said again, as long as no ledger was written.
    std::set<std::string> of_a;
    std::set<std::string> of_b;
    for (int step = 0; step < 4; ++step) {
      auto to_a = asked(nodes.first, adopt_of(a));
      auto to_b = asked(nodes.second, adopt_of(b));
      const auto adopted_by_a = to_a.get().value();
      const auto adopted_by_b = to_b.get().value();
      for (const auto& each : adopted_by_a.calls) {
        of_a.insert(each.call_id);
        CHECK(each.owner == a.self);
        CHECK(each.term == 2);
      }
      for (const auto& each : adopted_by_b.calls) of_b.insert(each.call_id);
    }
    CHECK(of_a.size() + of_b.size() == 7);
    CHECK(std::ranges::none_of(of_a, [&](const auto& each) { return of_b.contains(each); }));
    ask(nodes.first, leave{.epoch = a.self.epoch});
    ask(nodes.second, leave{.epoch = b.self.epoch});
    // So that the next round's nodes do not find these calls.
    for (const auto& each : of_a) ask(nodes.first, release{.epoch = a.self.epoch, .call_id = each});
    for (const auto& each : of_b) ask(nodes.first, release{.epoch = b.self.epoch, .call_id = each});
  }
}

TEST_CASE("of a renewal and a fence at once one stands, and of two that fence each other") {
  if (!postgres_server::installed()) return;
  two_nodes nodes;
  for (int round = 0; round < 60; ++round) {
    const auto a = ask(nodes.first, join{.name = "a"});
    const auto b = ask(nodes.second, join{.name = "b"});
    auto fenced = asked(nodes.second, fence_of(b, a));
    auto renewed = asked(nodes.first, renew{.epoch = a.self.epoch, .view = a.view});
    CHECK(fenced.get() == renewed.get()->fenced);
    const auto c = ask(nodes.first, join{.name = "c"});
    auto by_c = asked(nodes.first, fence_of(c, b));
    auto by_b = asked(nodes.second, fence_of(b, c));
    CHECK(by_c.get() != by_b.get());
  }
}

TEST_CASE("an attempt is void once its node has renewed") {
  if (!postgres_server::installed()) return;
  two_nodes nodes;
  const auto lost = ask(nodes.first, join{.name = "lost"});
  const auto a = ask(nodes.first, join{.name = "a"});
  ask(nodes.first, claim_of(lost, "1"));
  const auto again = ask(nodes.first, renew{.epoch = a.self.epoch, .view = a.view});
  CHECK(again.renewals == a.renewals + 1);
  CHECK_FALSE(ask(nodes.first, fence_of(a, lost)));
  CHECK(ask(nodes.first, fence_of(again, lost)));
  CHECK_FALSE(ask(nodes.first, adopt_of(a)).stood);
  const auto taken = ask(nodes.first, adopt_of(again));
  CHECK(taken.stood);
  CHECK(taken.calls.size() == 1);
}

TEST_CASE("a call that rings at two nodes is one node's, and stays over when it is") {
  if (!postgres_server::installed()) return;
  two_nodes nodes;
  const auto a = ask(nodes.first, join{.name = "a"});
  const auto b = ask(nodes.second, join{.name = "b"});
  for (int round = 0; round < 60; ++round) {
    auto of_a = claim_of(a, std::to_string(round));
    auto of_b = of_a;
    of_a.call_id += "@a";
    of_b.call_id += "@b";
    of_b.epoch = b.self.epoch;
    auto to_a = asked(nodes.first, of_a);
    auto to_b = asked(nodes.second, of_b);
    const auto seen_by_a = to_a.get().value().at(0);
    const auto seen_by_b = to_b.get().value().at(0);
    CHECK(seen_by_a.owner == seen_by_b.owner);
    CHECK(seen_by_a.call_id == (seen_by_a.owner == a.self ? of_a : of_b).call_id);
    CHECK(ask(nodes.first, release{.epoch = seen_by_a.owner.epoch, .call_id = seen_by_a.call_id}));
    CHECK(ask(nodes.second, of_b).at(0).ended);
  }
  // Calls that are placed learn their carrier's id later.
  auto placed = claim_of(a, "placed");
  const auto carrier = std::exchange(placed.carrier_call_id, "");
  CHECK(ask(nodes.first, placed).at(0).owner == a.self);
  placed.carrier_call_id = carrier;
  CHECK(ask(nodes.first, placed).at(0).carrier_call_id == carrier);
  CHECK(ask(nodes.second, claim{.epoch = b.self.epoch, .call_id = "x", .carrier_call_id = carrier})
            .at(0)
            .call_id == "placed");
  CHECK(ask(nodes.second, find_lease{.call_id = "x", .carrier_call_id = carrier}).at(0).owner == a.self);
  CHECK(ask(nodes.second, find_lease{.call_id = "x", .carrier_call_id = "y"}).empty());
}

TEST_CASE("a call that is given away is taken in its term alone, and its ledger is its owner's") {
  if (!postgres_server::installed()) return;
  two_nodes nodes;
  const auto a = ask(nodes.first, join{.name = "a"});
  const auto b = ask(nodes.second, join{.name = "b"});
  CHECK(ask(nodes.first, claim_of(a, "1")).at(0).term == 1);
  keep_ledger words{.epoch = a.self.epoch, .call_id = "1", .term = 1, .version = 2, .ledger = "Zoë's order"};
  CHECK(ask(nodes.first, words));
  words.version = 1;
  words.ledger = "older";
  CHECK_FALSE(ask(nodes.first, words));
  const take by_b{.epoch = b.self.epoch, .call_id = "1", .from = a.self.epoch, .term = 1};
  const auto taken = ask(nodes.second, by_b).at(0);
  CHECK(taken.owner == b.self);
  CHECK(taken.term == 2);
  CHECK(taken.ledger == "Zoë's order");
  CHECK(taken.version == 2);
  words.version = 3;
  CHECK_FALSE(ask(nodes.first, words));
  // Asked again, since an answer may be lost; and too late to be had back.
  CHECK(ask(nodes.second, by_b).at(0).term == 2);
  auto back = by_b;
  back.epoch = a.self.epoch;
  CHECK(ask(nodes.first, back).at(0).owner == b.self);
  CHECK_FALSE(ask(nodes.first, release{.epoch = a.self.epoch, .call_id = "1"}));
  CHECK(ask(nodes.second, release{.epoch = b.self.epoch, .call_id = "1"}));
  CHECK(ask(nodes.second, find_lease{.call_id = "1"}).at(0).ledger.empty());
  ask(nodes.second, claim_of(a, "2"));
  CHECK(ask(nodes.second, leave{.epoch = b.self.epoch}));
  CHECK(ask(nodes.second, take{.epoch = b.self.epoch, .call_id = "2", .from = a.self.epoch, .term = 1})
            .at(0)
            .owner == a.self);
}

TEST_CASE("a node that starts again has a new epoch, and gets its calls back by adopting them") {
  if (!postgres_server::installed()) return;
  two_nodes nodes;
  auto& how = nodes.first.how;
  how.words = text_policy::encrypt;
  how.key = sealer::key{1, 2, 3};
  nodes.first.restart();
  const auto before = ask(nodes.first, join{.name = "a", .address = "10.0.0.5:4000"});
  ask(nodes.first, claim_of(before, "1"));
  CHECK(ask(
      nodes.first,
      keep_ledger{
          .epoch = before.self.epoch, .call_id = "1", .term = 1, .version = 1, .ledger = "secret words"}));
  nodes.first.restart();
  const auto joined = ask(nodes.first, join{.name = "a"});
  CHECK(joined.self.epoch > before.self.epoch);
  CHECK(joined.view == joined.self.epoch);
  REQUIRE(joined.members.size() == 1);
  CHECK(joined.members[0].node == before.self);
  CHECK(joined.members[0].address == "10.0.0.5:4000");
  CHECK(joined.members[0].view == before.self.epoch);
  CHECK_FALSE(joined.orphans);
  const auto alone = ask(nodes.first, renew{.epoch = joined.self.epoch, .view = joined.view, .alone = true});
  CHECK(alone.members.empty());
  CHECK(alone.orphans);
  CHECK(ask(nodes.first, renew{.epoch = before.self.epoch, .view = before.view, .alone = true}).fenced);
  CHECK(ask(nodes.first, claim_of(before, "2")).empty());
  {
    std::string kept;
    sql_session base(nodes.at.url);
    base.sql << "SELECT ledger FROM leases WHERE call_id = '1'", soci::into(kept);
    CHECK_FALSE(kept.empty());
    CHECK(kept.find("words") == std::string::npos);
  }
  const auto taken = ask(nodes.first, adopt_of(alone));
  REQUIRE(taken.calls.size() == 1);
  CHECK(taken.calls[0].ledger == "secret words");
  CHECK(taken.calls[0].carrier_call_id == "v3:1");
  // Until its new owner writes, it is said again; what was said before may be lost.
  CHECK(ask(nodes.first, adopt_of(alone)).calls.size() == 1);
  CHECK(ask(nodes.first, keep_ledger{.epoch = joined.self.epoch,
                                     .call_id = "1",
                                     .term = taken.calls[0].term,
                                     .version = taken.calls[0].version + 1}));
  CHECK(ask(nodes.first, adopt_of(alone)).calls.empty());
  CHECK_FALSE(ask(nodes.first, renew{.epoch = joined.self.epoch, .view = joined.view}).orphans);
}

TEST_CASE("nobody learns anything of leases from a store that is away, or that nodes cannot share") {
  const empty_database alone;
  open_store file(alone.settings());
  CHECK(asked(file, join{.name = "a"}).get() == std::nullopt);
  if (!postgres_server::installed()) return;
  postgres_server server;
  const empty_database at{.url = server.make_database()};
  open_store running(at.settings());
  const auto a = ask(running, join{.name = "a"});
  const auto b = ask(running, join{.name = "b"});
  server.stop();
  CHECK(asked(running, fence_of(b, a)).get() == std::nullopt);
  CHECK(asked(running, claim_of(a, "1")).get() == std::nullopt);
  server.start();
  std::optional<standing> renewed;
  CHECK(comes_true([&] {
    renewed = asked(running, renew{.epoch = a.self.epoch, .view = a.view}).get();
    return renewed.has_value();
  }));
  CHECK_FALSE(renewed->fenced);
  CHECK(ask(running, claim_of(a, "1")).at(0).owner == a.self);
}

}  // namespace tandem::test
