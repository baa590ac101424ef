#include "tests/protocols/cluster/cluster_view.hpp"

#include <array>

#include <doctest/doctest.h>

namespace tandem::cluster::test {

TEST_CASE_FIXTURE(view, "a node that says who it is has joined, and is told once") {
  CHECK(meet("b").why == fault::none);
  CHECK(told.empty());
  look();
  look();
  CHECK(count(change::kind::joined, "b") == 1);
  CHECK(told.size() == 1);
  CHECK(node("b").state == node_state::alive);
  CHECK(node("b").address == "b:4000");
  CHECK(all.count(now) == std::array<std::size_t, node_states>{1});
  CHECK(node("b").last_report_ms == -1);
}

TEST_CASE_FIXTURE(view, "only who has reported is seen") {
  meet("b");
  meet("c");
  CHECK(all.seen(now).empty());
  hear("b", {});
  CHECK(all.seen(now) == std::vector{b});
}

TEST_CASE_FIXTURE(view, "a late report makes a node silent, and alive again when it comes") {
  meet("b");
  look();
  pass(1s);
  CHECK(node("b").state == node_state::alive);
  pass(1ms);
  CHECK(node("b").state == node_state::silent);
  CHECK(count(change::kind::left, "b") == 1);
  CHECK(hear("b", {a}));
  look();
  CHECK(node("b").state == node_state::alive);
  CHECK(count(change::kind::joined, "b") == 2);
}

TEST_CASE_FIXTURE(view, "a lost connection alone is no end") {
  meet("b");
  look();
  all.lose(b);
  pass(900ms);
  CHECK(node("b").state == node_state::alive);
  CHECK(meet("b").why == fault::none);
  pass(900ms);
  CHECK(node("b").state == node_state::alive);
  CHECK(told.size() == 1);
}

TEST_CASE_FIXTURE(view, "without connection and reports a node is gone, and forgotten in the end") {
  meet("b");
  look();
  all.lose(b);
  pass(1001ms);
  CHECK(node("b").state == node_state::gone);
  CHECK(count(change::kind::left, "b") == 1);
  pass(58s);
  CHECK(size() == 1);
  pass(2s);
  CHECK(size() == 0);
  CHECK(told.size() == 2);
}

TEST_CASE_FIXTURE(view, "who says goodbye has left and is not shown any more") {
  meet("b");
  look();
  all.part(b);
  look();
  CHECK(size() == 0);
  CHECK(count(change::kind::left, "b") == 1);
  all.part(b);
  CHECK_FALSE(hear("b", {}));
}

TEST_CASE_FIXTURE(view, "reports that overtook each other are told apart") {
  meet("b");
  CHECK(all.hear({.who = b, .sequence = 5, .calls = 5}, now));
  CHECK_FALSE(all.hear({.who = b, .sequence = 4, .calls = 4}, now));
  CHECK_FALSE(all.hear({.who = b, .sequence = 5, .calls = 7}, now));
  CHECK(node("b").last.calls == 5);
  CHECK(all.hear({.who = b, .sequence = 6, .calls = 6, .draining = true}, now + 10ms));
  now += 30ms;
  CHECK(node("b").last.calls == 6);
  CHECK(node("b").last_report_ms == 20);
  CHECK(node("b").state == node_state::draining);
}

TEST_CASE_FIXTURE(view, "a draining node has not left") {
  meet("b");
  look();
  all.hear({.who = b, .sequence = 1, .draining = true}, now);
  look();
  CHECK(told.size() == 1);
}

TEST_CASE_FIXTURE(view, "a start that comes after a lost one replaces it") {
  meet("b", 1);
  look();
  all.lose(b);
  CHECK(meet("b", 2).why == fault::none);
  look();
  CHECK(size() == 1);
  CHECK(node("b").who.epoch == 2);
  CHECK(count(change::kind::left, "b") == 1);
  CHECK(count(change::kind::joined, "b") == 2);
  CHECK_FALSE(hear("b", {}, 1));
  CHECK(hear("b", {}, 2));
}

TEST_CASE_FIXTURE(view, "a name belongs to whoever has it") {
  meet("b", 1);
  look();
  CHECK(meet("b", 2).why == fault::name_taken);
  look();
  CHECK(size() == 2);
  CHECK(count(change::kind::refused, "b") == 1);
  CHECK(hear("b", {}, 1));
  CHECK_FALSE(hear("b", {}, 2));
  // Not for ever.
  all.lose(b);
  CHECK(meet("b", 2).why == fault::none);
  look();
  CHECK(size() == 1);
  CHECK(node("b").state == node_state::alive);
}

TEST_CASE_FIXTURE(view, "nobody else may have this node's name") {
  CHECK(meet("a", 2).why == fault::name_taken);
  CHECK(meet("a", 1).why == fault::none);
  look();
  CHECK(size() == 1);
  CHECK(node("a").state == node_state::refused);
}

TEST_CASE_FIXTURE(view, "another protocol is refused, another version is not") {
  auto other = greeting("b");
  other.version = "2.0";
  CHECK(all.meet(other, now).why == fault::none);
  CHECK(node("b").version == "2.0");
  auto newer = greeting("c");
  newer.protocol = protocol_version + 1;
  CHECK(all.meet(newer, now).why == fault::protocol);
  CHECK(node("c").state == node_state::refused);
  CHECK_FALSE(hear("c", {}));
}

TEST_CASE_FIXTURE(view, "settings that differ are named, also those that only one has") {
  auto other = greeting("b");
  other.terms = {{"server.secret", "s"}, {"store.url", "other"}, {"new", "1"}};
  const auto verdict = all.meet(other, now);
  CHECK(verdict.why == fault::terms);
  CHECK(verdict.what == "what has to be the same on every node differs: new, store.url");
  all.meet(other, now);
  look();
  CHECK(told.size() == 1);
  CHECK(node("b").why == verdict.what);
  pass(11s);
  CHECK(size() == 0);
}

TEST_CASE_FIXTURE(view, "of settings under another key only the key is named") {
  auto other = greeting("b");
  other.terms = {{"server.secret", "other"}, {"store.url", "other"}};
  CHECK(all.meet(other, now).what == "what has to be the same on every node differs: server.secret");
}

TEST_CASE_FIXTURE(view, "a node that refuses this one is shown with its reason") {
  meet("b");
  look();
  all.refused_by(greeting("b"), {fault::terms, "store.url differs"}, now);
  look();
  CHECK(node("b").state == node_state::refused);
  CHECK(node("b").why == "it refuses this node: store.url differs");
  CHECK(count(change::kind::left, "b") == 1);
  CHECK(all.seen(now).empty());
}

TEST_CASE_FIXTURE(view, "what no node says is not remembered") {
  hello nobody = greeting("");
  CHECK(all.meet(nobody, now).why == fault::malformed);
  CHECK(all.meet(greeting(std::string(256, 'x')), now).why == fault::malformed);
  CHECK(all.meet(greeting("b\nlevel=fatal"), now).why == fault::malformed);
  hello wordy = greeting("b");
  wordy.terms.assign(1000, {"x", "y"});
  CHECK(all.meet(wordy, now).why == fault::malformed);
  all.refused_by(wordy, {fault::terms, ""}, now);
  CHECK(size() == 0);
  all.refused_by(greeting("b"), {static_cast<fault>(200), "a\nline"}, now);
  CHECK(node("b").why == "it refuses this node: unknown");
}

TEST_CASE_FIXTURE(view, "an absurd report changes nothing") {
  meet("b");
  hear("b", {});
  CHECK_FALSE(hear("b", std::vector<member>(most_nodes + 1, c)));
  CHECK_FALSE(hear("b", {{std::string(256, 'x'), 1}}));
  CHECK_FALSE(all.hear({.who = b, .sequence = 99, .outlook = std::string(10'000, 'x')}, now));
  CHECK_FALSE(hear("stranger", {a}));
  CHECK(node("b").last.sees.empty());
}

TEST_CASE_FIXTURE(view, "there is room for so many nodes, and for few that are refused") {
  for (std::size_t n = 0; n < most_nodes; ++n) REQUIRE(meet("n" + std::to_string(n)).why == fault::none);
  CHECK(meet("b").why == fault::full);
  CHECK(meet("n7").why == fault::none);
  auto other = greeting("");
  other.terms.clear();
  for (int n = 0; n < 5000; ++n) {
    other.who.name = "stranger" + std::to_string(n);
    all.meet(other, now);
  }
  CHECK(size() <= most_nodes + 100);
}

}  // namespace tandem::cluster::test
