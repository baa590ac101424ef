#include "actors/cluster/peer_table.hpp"

#include "tests/actors/fixture.hpp"

#include <string>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

struct peers_fixture : fixture {
  peer_node& join(const std::string& name, std::uint64_t epoch = 1) {
    auto& peer = peers.join({{name, epoch}, {.peer = contact.handle, .media_url = "ws://" + name}});
    report(name, epoch, 0);
    return peer;
  }

  void report(const std::string& name, std::uint64_t epoch, std::uint32_t calls, std::string outlook = {},
              bool draining = false) {
    peers.hear({.who = {name, epoch},
                .calls = calls,
                .max_calls = 10,
                .outlook = std::move(outlook),
                .draining = draining},
               host.now());
  }

  std::string calmest(const peer_table::names& refused = {}) {
    const auto* found = peers.calmest(refused, host.now());
    return found == nullptr ? "" : found->who.name;
  }

  std::string next() {
    const auto* found = peers.next_by_name();
    return found == nullptr ? "" : found->who.name;
  }

  probe<peer_actor> contact = spawn_probe<actor_kind::node, peer_actor>();
  peer_table peers{"m", 1000ms, 7};
};

}  // namespace

TEST_CASE_FIXTURE(peers_fixture, "the calmest node is the one with the most room that takes calls") {
  CHECK(calmest().empty());
  join("a");
  join("b");
  join("c");
  report("a", 1, 3);
  report("b", 1, 2);
  report("c", 1, 1);
  CHECK(calmest() == "c");
  CHECK(calmest({"c"}) == "b");
  report("c", 1, 1, "memory");
  CHECK(calmest() == "b");
  report("b", 1, 0, {}, true);
  CHECK(calmest() == "a");
  host.advance(1001ms);
  CHECK(calmest().empty());
}

TEST_CASE_FIXTURE(peers_fixture, "calls that went to a node count until it reports") {
  auto& a = join("a");
  join("b");
  report("b", 1, 2);
  a.sent = 3;
  CHECK(calmest() == "b");
  report("a", 1, 0);
  CHECK(calmest() == "a");
}

TEST_CASE_FIXTURE(peers_fixture, "of two nodes the one with less to do is chosen, of equals this one") {
  join("a");
  report("a", 1, 5);
  for (int n = 0; n < 20; ++n) {
    CHECK(peers.choose(0.6, {}, host.now()) == peers.named("a"));
    CHECK(peers.choose(0.5, {}, host.now()) == nullptr);
    CHECK(peers.choose(0.4, {}, host.now()) == nullptr);
  }
  CHECK(peers.choose(std::nullopt, {}, host.now()) == peers.named("a"));
  CHECK(peers.choose(std::nullopt, {"a"}, host.now()) == nullptr);
}

TEST_CASE_FIXTURE(peers_fixture, "among many every node is chosen at times, but not the busiest") {
  for (const auto* name : {"a", "b", "c", "d"}) join(name);
  report("d", 1, 9);
  peer_table::names chosen;
  for (int n = 0; n < 500; ++n) chosen.insert(peers.choose(std::nullopt, {}, host.now())->who.name);
  CHECK(chosen == peer_table::names{"a", "b", "c"});
}

TEST_CASE_FIXTURE(peers_fixture, "the names make a ring, and those who drain stand back") {
  CHECK(next().empty());
  join("a");
  join("b");
  CHECK(next() == "a");
  join("x");
  join("z");
  CHECK(next() == "x");
  report("x", 1, 0, "draining", true);
  CHECK(next() == "z");
  peers.leave({"z", 1});
  CHECK(next() == "a");
  peers.leave({"a", 1});
  peers.leave({"b", 1});
  CHECK(next() == "x");
}

TEST_CASE_FIXTURE(peers_fixture, "a node is known by its start, its name, its life and its address") {
  join("a");
  const auto other = spawn_probe<actor_kind::node, peer_actor>();
  auto& newer = peers.join({{"a", 2}, {.peer = other.handle}});
  CHECK(peers.named("a") == &newer);
  CHECK(peers.find({"a", 1}) != &newer);
  CHECK(peers.living({"a", 7}) == &newer);
  newer.life = {"a", 8};
  CHECK(peers.living({"a", 7}) == nullptr);
  CHECK(peers.living({"a", 8}) == &newer);
  CHECK(peers.at(other.handle.address()) == &newer);
  peers.leave({"a", 2});
  CHECK(peers.at(other.handle.address()) == nullptr);
  CHECK(peers.named("a")->who.epoch == 1);
  CHECK(peers.named("b") == nullptr);
}

TEST_CASE_FIXTURE(peers_fixture, "a node without a way to it is as good as none") {
  peers.join({{"a", 1}, {}});
  report("a", 1, 0);
  CHECK(peers.named("a") == nullptr);
  CHECK(calmest().empty());
  CHECK(next().empty());
}

}  // namespace tandem::test
