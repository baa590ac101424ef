#include "tests/actors/cluster/switchboard_fixture.hpp"

namespace tandem::test {

namespace {

struct moves_fixture : switchboard_fixture {
  moves_fixture() : switchboard_fixture({"a", "b", "c"}), pass(ring(a, "a-1-1", "leg")) {
    a.door->drain();
    load(c, 3);
    beats(1);
  }

  move_ruling move(std::chrono::milliseconds wait = 0ms) {
    return ask<move_ruling>(a, move_call{"a-1-1", "value"}, wait);
  }

  static std::size_t adopted(const board& at) { return at.calls->count<adopt_call>(); }

  board &a = *nodes[0], &b = *nodes[1], &c = *nodes[2];
  std::shared_ptr<const call_pass> pass;
};

}  // namespace

TEST_CASE_FIXTURE(moves_fixture, "a call moves to the node with the most room") {
  const auto ruling = move();
  CHECK(ruling.moved);
  CHECK(ruling.node == "b");
  CHECK_FALSE(holds(pass));
  CHECK(owner("a-1-1") == "b");
  const auto got = b.calls->last<adopt_call>();
  CHECK(got.call_id == "a-1-1");
  CHECK(got.carrier_call_id == "leg");
  CHECK(got.value == "value");
  CHECK(holds(got.pass));
  CHECK_FALSE(got.former_is_silent);
  CHECK(adopted(c) == 0);
  CHECK(a.moved(move_reason::drain, move_outcome::moved) == 1);
  CHECK(b.moved(move_reason::drain, move_outcome::resumed) == 0);
}

TEST_CASE_FIXTURE(moves_fixture, "a call that moved learns it even if it waits for the answer no longer") {
  auto call = spawn_probe<actor_kind::call, call_actor>();
  call_owner owner;
  owner.call = call.handle;
  a.calls->answer_with(owner);
  CHECK(move().moved);
  CHECK(call->count<forsake_call>() == 1);
}

TEST_CASE_FIXTURE(moves_fixture, "the new owner keeps the value at once, the former one nothing") {
  tell(a.actor, keep_value{"a-1-1", "older", true});
  CHECK(copy_at(b, "a-1-1") == "older");
  CHECK(move().moved);
  CHECK(table.calls.at("a-1-1").what.ledger == "value");
  CHECK(copy_at(c, "a-1-1") == "value");
  tell(a.actor, keep_value{"a-1-1", "late", true});
  CHECK(table.calls.at("a-1-1").what.ledger == "value");
  CHECK(copy_at(b, "a-1-1").empty());
}

TEST_CASE_FIXTURE(moves_fixture, "a call that is refused goes to the next node") {
  load(b, 10);
  CHECK(move().node == "c");
  CHECK(adopted(b) == 0);
  CHECK(adopted(c) == 1);
}

TEST_CASE_FIXTURE(moves_fixture, "a call that nobody takes goes on where it is") {
  load(b, 10);
  load(c, 7);
  const auto ruling = move();
  CHECK_FALSE(ruling.moved);
  CHECK(ruling.why.find("calls") != std::string::npos);
  CHECK(holds(pass));
  CHECK(owner("a-1-1") == "a");
  CHECK(a.moved(move_reason::drain, move_outcome::moved) == 0);
  b.places.clear();
  beats(1);
  CHECK(move().moved);
}

TEST_CASE_FIXTURE(moves_fixture, "a call that came back is kept in its new term") {
  load(b, 10);
  load(c, 7);
  tell(a.actor, keep_value{"a-1-1", "older", true});
  CHECK_FALSE(move().moved);
  const auto copy = ask<found_copies>(b, find_copies{{"a-1-1"}}).copies.at(0);
  CHECK(copy.value == "value");
  CHECK(copy.term == table.calls.at("a-1-1").what.term);
  beats(9);
  CHECK(table.calls.at("a-1-1").what.ledger == "value");
}

TEST_CASE_FIXTURE(moves_fixture, "without another node nothing is given away") {
  b.door->drain();
  c.door->drain();
  beats(1);
  CHECK_FALSE(move().moved);
  CHECK(holds(pass));
  CHECK(a.store.count("take a-1-1") == 0);
}

TEST_CASE_FIXTURE(moves_fixture, "a node that does not answer has not taken it, if the store says so") {
  kill(b);
  const auto ruling = move();
  CHECK_FALSE(ruling.moved);
  CHECK(ruling.why == "b does not answer");
  CHECK(holds(pass));
  CHECK(owner("a-1-1") == "a");
}

TEST_CASE_FIXTURE(moves_fixture, "a node whose store is away does not take it") {
  b.store.is_away = true;
  c.store.is_away = true;
  CHECK_FALSE(move(2s).moved);
  CHECK(owner("a-1-1") == "a");
  CHECK(holds(pass));
  CHECK(adopted(b) + adopted(c) == 0);
}

TEST_CASE_FIXTURE(moves_fixture, "a call is not given away while this node's store is away") {
  a.store.is_away = true;
  beats(6);
  CHECK_FALSE(move().moved);
  CHECK(holds(pass));
  CHECK(adopted(b) + adopted(c) == 0);
}

TEST_CASE_FIXTURE(moves_fixture, "a call that its new node refuses after all goes on to another") {
  b.calls->answer_with(adoption_ruling{false, "memory"});
  CHECK(move().moved);
  CHECK(owner("a-1-1") == "c");
  const auto got = c.calls->last<adopt_call>();
  CHECK(got.value == "value");
  CHECK(holds(got.pass));
  CHECK_FALSE(holds(b.calls->last<adopt_call>().pass));
  CHECK(b.moved(move_reason::drain, move_outcome::moved) == 1);
}

TEST_CASE_FIXTURE(moves_fixture, "a call that every node refuses ends, and its lease with it") {
  c.door->drain();
  beats(1);
  b.calls->answer_with(adoption_ruling{false, "memory"});
  CHECK(move().moved);
  CHECK(table.calls.at("a-1-1").what.ended);
  CHECK(b.moved(move_reason::drain, move_outcome::ended) == 1);
}

TEST_CASE_FIXTURE(moves_fixture, "only its owner offers a call") {
  const leases::offer offer{.call_id = "a-1-1", .from = {"a", 1}, .term = 1};
  CHECK_FALSE(ask<offer_ruling>(b, offer_call{offer, 1, "forged"}).taken);
  CHECK(owner("a-1-1") == "a");
  CHECK(adopted(b) == 0);
}

TEST_CASE_FIXTURE(moves_fixture, "a call that is not this node's does not move") {
  CHECK_FALSE(ask<move_ruling>(b, move_call{"a-1-1", "value"}).moved);
  CHECK(holds(pass));
}

}  // namespace tandem::test
