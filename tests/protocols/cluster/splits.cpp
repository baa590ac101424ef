#include "tests/protocols/cluster/cluster_view.hpp"

#include <doctest/doctest.h>

namespace tandem::cluster::test {

namespace {

using pairs = std::vector<blind_pair>;

}  // namespace

TEST_CASE_FIXTURE(view, "nodes that all see each other are whole") {
  meet("b");
  meet("c");
  pass(20s, {{"b", {c, a}}, {"c", {a, b}}});
  CHECK_FALSE(all.is_split());
  CHECK(told.size() == 2);
}

TEST_CASE_FIXTURE(view, "two nodes that do not see each other are a split, once it lasts") {
  meet("b");
  meet("c");
  pass(5s, {{"b", {a}}, {"c", {a}}});
  CHECK_FALSE(all.is_split());
  pass(1s, {{"b", {a}}, {"c", {a}}});
  CHECK(all.is_split());
  CHECK(all.blind() == pairs{{"b", "c"}, {"c", "b"}});
  pass(10s, {{"b", {a}}, {"c", {a}}});
  CHECK(count(change::kind::split) == 1);
  pass(1s, {{"b", {a, c}}, {"c", {a, b}}});
  CHECK_FALSE(all.is_split());
  CHECK(count(change::kind::whole) == 1);
}

TEST_CASE_FIXTURE(view, "one direction is enough for a split") {
  meet("b");
  meet("c");
  pass(6s, {{"b", {a, c}}, {"c", {a}}});
  CHECK(all.blind() == pairs{{"c", "b"}});
}

TEST_CASE_FIXTURE(view, "a node that does not see this one, and one that this one does not see") {
  meet("b");
  pass(6s, {{"b", {}}});
  CHECK(all.blind() == pairs{{"b", "a"}});
  pass(6s, {{"b", {a, d}}});
  CHECK(all.blind() == pairs{{"a", "d"}});
  pass(6s, {{"b", {a}}});
  CHECK_FALSE(all.is_split());
  CHECK(count(change::kind::split) == 2);
}

TEST_CASE_FIXTURE(view, "a node whom this one refuses is not one that it does not see") {
  auto other = greeting("d");
  other.terms.clear();
  meet("b");
  for (int n = 0; n < 20; ++n) {
    all.meet(other, now);
    pass(500ms, {{"b", {a, d}}});
  }
  CHECK_FALSE(all.is_split());
}

TEST_CASE_FIXTURE(view, "one node that dies is no split") {
  for (const auto* name : {"b", "c"}) meet(name);
  pass(2s, {{"b", {a, c}}, {"c", {a, b}}});
  all.lose(c);
  pass(20s, {{"b", {a}}});
  CHECK(node("c").state == node_state::gone);
  CHECK_FALSE(all.is_split());
}

TEST_CASE_FIXTURE(view, "half of the others that go at once are a split, until they are back or forgotten") {
  for (const auto* name : {"b", "c", "d", "e"}) meet(name);
  const std::vector everyone{a, b, c, d, e};
  pass(2s, {{"b", everyone}, {"c", everyone}, {"d", everyone}, {"e", everyone}});
  for (const auto& each : {d, e}) all.lose(each);
  pass(2s, {{"b", {a, c}}, {"c", {a, b}}});
  CHECK(all.blind() == pairs{{"a", "d"}, {"a", "e"}});
  CHECK(count(change::kind::split) == 1);
  SUBCASE("back") {
    meet("d");
    meet("e");
    pass(1s, {{"b", everyone}, {"c", everyone}, {"d", everyone}, {"e", everyone}});
    CHECK_FALSE(all.is_split());
  }
  SUBCASE("forgotten") {
    pass(61s, {{"b", {a, c}}, {"c", {a, b}}});
    CHECK_FALSE(all.is_split());
    CHECK(size() == 2);
  }
}

TEST_CASE_FIXTURE(view, "nodes that go one after the other, or with a goodbye, are no split") {
  for (const auto* name : {"b", "c", "d", "e"}) meet(name);
  const std::vector everyone{a, b, c, d, e};
  pass(2s, {{"b", everyone}, {"c", everyone}, {"d", everyone}, {"e", everyone}});
  all.lose(e);
  pass(4s, {{"b", {a, c, d}}, {"c", {a, b, d}}, {"d", {a, b, c}}});
  all.lose(d);
  pass(4s, {{"b", {a, c}}, {"c", {a, b}}});
  CHECK_FALSE(all.is_split());
  all.part(b);
  all.part(c);
  pass(2s);
  CHECK_FALSE(all.is_split());
}

}  // namespace tandem::cluster::test
