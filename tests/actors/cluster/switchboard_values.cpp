#include "tests/actors/cluster/switchboard_fixture.hpp"

namespace tandem::test {

namespace {

struct values_fixture : switchboard_fixture {
  values_fixture() : switchboard_fixture({"a", "b", "c"}) { ring(a, "a-1-1", "leg"); }

  void keep(const std::string& value, bool settled) { tell(a.actor, keep_value{"a-1-1", value, settled}); }
  std::string stored() { return table.calls.at("a-1-1").what.ledger; }

  board &a = *nodes[0], &b = *nodes[1], &c = *nodes[2];
};

}  // namespace

TEST_CASE_FIXTURE(values_fixture, "a value goes to the next node by name, and what is settled to the store") {
  keep("one", true);
  CHECK(stored() == "one");
  CHECK(copy_at(b, "a-1-1") == "one");
  CHECK(copy_at(c, "a-1-1").empty());
  CHECK(b.measure.call_copies_bytes->Value() > 0);
  keep("two", true);
  CHECK(stored() == "two");
  CHECK(copy_at(b, "a-1-1") == "two");
}

TEST_CASE_FIXTURE(values_fixture, "what is not settled comes to the store when two seconds have passed") {
  keep("one", true);
  keep("two", false);
  CHECK(copy_at(b, "a-1-1") == "two");
  beats(7);
  CHECK(stored() == "one");
  beats(2);
  CHECK(stored() == "two");
  beats(8);
  keep("three", false);
  CHECK(stored() == "three");
  CHECK(a.store.count("keep a-1-1 two") == 1);
}

TEST_CASE_FIXTURE(values_fixture, "the last node by name has its copies at the first") {
  ring(c, "c-1-1", "other");
  tell(c.actor, keep_value{"c-1-1", "one", false});
  CHECK(copy_at(a, "c-1-1") == "one");
}

TEST_CASE_FIXTURE(values_fixture, "a copy whose holder goes is given to another at once") {
  keep("one", true);
  kill(b);
  miss(b);
  CHECK(copy_at(c, "a-1-1") == "one");
}

TEST_CASE_FIXTURE(values_fixture,
                  "a node that comes gets its copies with the next change, and the former none") {
  tell(a.actor, node_left{b.who, "it is silent"});
  keep("one", true);
  CHECK(copy_at(c, "a-1-1") == "one");
  join(a, b);
  CHECK(copy_at(b, "a-1-1").empty());
  keep("two", true);
  CHECK(copy_at(b, "a-1-1") == "two");
  CHECK(copy_at(c, "a-1-1").empty());
}

TEST_CASE_FIXTURE(values_fixture, "a node that drains keeps copies only when there is no other") {
  b.door->drain();
  beats(1);
  keep("one", true);
  CHECK(copy_at(c, "a-1-1") == "one");
  kill(c);
  miss(c);
  CHECK(copy_at(b, "a-1-1") == "one");
}

TEST_CASE_FIXTURE(values_fixture, "a node that was alone gives its calls' copies to the first that comes") {
  tell(a.actor, node_left{b.who, "it is silent"}, node_left{c.who, "it is silent"});
  keep("one", true);
  join(a, c);
  beats(1);
  CHECK(copy_at(c, "a-1-1") == "one");
}

TEST_CASE_FIXTURE(values_fixture, "a call that is over is kept nowhere") {
  keep("one", true);
  tell(a.actor, end_lease{"a-1-1"});
  CHECK(copy_at(b, "a-1-1").empty());
  CHECK(table.calls.at("a-1-1").what.ended);
  CHECK(b.measure.call_copies_bytes->Value() == 0);
  keep("two", true);
  CHECK(copy_at(b, "a-1-1").empty());
}

TEST_CASE_FIXTURE(values_fixture, "of a call that is another node's nothing is kept") {
  CHECK(ask<claim_ruling>(b, claim_call{"b-1-1", "leg"}).whose == claim_outcome::anothers);
  tell(b.actor, keep_value{"b-1-1", "one", true});
  CHECK(copy_at(c, "b-1-1").empty());
  CHECK_FALSE(table.calls.contains("b-1-1"));
}

TEST_CASE_FIXTURE(values_fixture, "copies outlive their owner for ten minutes") {
  keep("one", true);
  b.door->drain();
  c.door->drain();
  beats(1);
  kill(a);
  miss(a);
  beats(4 * 60 * 9);
  CHECK(copy_at(b, "a-1-1") == "one");
  beats(4 * 60 * 2);
  CHECK(copy_at(b, "a-1-1").empty());
}

}  // namespace tandem::test
