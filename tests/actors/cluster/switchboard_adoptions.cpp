#include "tests/actors/cluster/switchboard_fixture.hpp"

#include <map>

namespace tandem::test {

namespace {

struct adoptions_fixture : switchboard_fixture {
  adoptions_fixture() : switchboard_fixture({"a", "b", "c"}) {}

  static std::size_t adopted(const board& at) { return at.calls->count<adopt_call>(); }

  /// The node is killed, and the others have the time to notice.
  void lose(board& which) {
    kill(which);
    beats(2);
    miss(which);
    beats(8);
  }

  board &a = *nodes[0], &b = *nodes[1], &c = *nodes[2];
};

}  // namespace

TEST_CASE_FIXTURE(adoptions_fixture, "each call of a lost node goes on at one other, from where it was") {
  for (int n = 1; n <= 5; ++n) {
    const auto id = "b-1-" + std::to_string(n);
    ring(b, id, "leg-" + id);
    tell(b.actor, keep_value{id, "value of " + id, true});
  }
  lose(b);
  std::map<std::string, int> times;
  for (const auto* at : {&a, &c}) {
    for (const auto& got : at->calls->all<adopt_call>()) {
      ++times[got.call_id];
      CHECK(got.value == "value of " + got.call_id);
      CHECK(got.carrier_call_id == "leg-" + got.call_id);
      CHECK_FALSE(got.former_is_silent);
      CHECK(holds(got.pass));
      CHECK(owner(got.call_id) == at->who.name);
    }
  }
  CHECK(times.size() == 5);
  for (const auto& [id, count] : times) CHECK(count == 1);
  CHECK(a.moved(move_reason::node_lost, move_outcome::resumed) +
            c.moved(move_reason::node_lost, move_outcome::resumed) ==
        5);
}

TEST_CASE_FIXTURE(adoptions_fixture, "a copy at another node is newer than what the store has") {
  ring(b, "b-1-1", "leg");
  tell(b.actor, keep_value{"b-1-1", "one", true}, keep_value{"b-1-1", "two", false});
  CHECK(copy_at(c, "b-1-1") == "two");
  CHECK(table.calls.at("b-1-1").what.ledger == "one");
  // Now it is the other one that adopts it.
  c.door->drain();
  beats(1);
  lose(b);
  CHECK(a.calls->last<adopt_call>().value == "two");
  CHECK(adopted(c) == 0);
  CHECK(table.calls.at("b-1-1").what.ledger == "two");
}

TEST_CASE_FIXTURE(adoptions_fixture, "a node that keeps the copy itself uses it, and then has it no more") {
  ring(b, "b-1-1", "leg");
  tell(b.actor, keep_value{"b-1-1", "one", true}, keep_value{"b-1-1", "two", false});
  a.door->drain();
  beats(1);
  lose(b);
  CHECK(c.calls->last<adopt_call>().value == "two");
  CHECK(copy_at(c, "b-1-1").empty());
  CHECK(copy_at(a, "b-1-1") == "two");
}

TEST_CASE_FIXTURE(adoptions_fixture, "a copy of an owner before the last one does not count") {
  ring(b, "b-1-1", "leg");
  for (int n = 0; n < 5; ++n) tell(b.actor, keep_value{"b-1-1", "old", false});
  CHECK(copy_at(c, "b-1-1") == "old");
  // The copy stays, as one does whose owner could not say that it is to go.
  auto& row = table.calls.at("b-1-1").what;
  row.ledger = "new";
  row.version = 2;
  row.term = 3;
  c.door->drain();
  beats(1);
  lose(b);
  CHECK(a.calls->last<adopt_call>().value == "new");
}

TEST_CASE_FIXTURE(adoptions_fixture, "of a call without a value only the carrier knows") {
  ring(b, "b-1-1", "leg");
  lose(b);
  auto& by = adopted(a) == 1 ? a : c;
  const auto got = by.calls->last<adopt_call>();
  CHECK(got.value.empty());
  CHECK(got.carrier_call_id == "leg");
  // Nor is it known whose it was.
  CHECK(got.former_is_silent);
  CHECK(by.moved(move_reason::node_lost, move_outcome::begun_anew) == 1);
}

TEST_CASE_FIXTURE(adoptions_fixture, "nobody waits for a copy of a node that is silent as well") {
  ring(b, "b-1-1", "leg");
  tell(b.actor, keep_value{"b-1-1", "one", true});
  const auto other = spawn_probe<actor_kind::node, peer_actor>();
  const cluster::member d{"d", 1};
  for (const auto* each : {&a, &c}) tell(each->actor, node_joined{d, {other.handle, {}, "ws://d"}});
  const auto report_of_d = [&] {
    for (const auto* each : {&a, &c}) tell(each->actor, node_reported{{.who = d, .sequence = ++reports}});
  };
  report_of_d();
  kill(b);
  bool is_silent = true;
  SUBCASE("which it is") {}
  SUBCASE("which it is not") { is_silent = false; }
  for (int n = 0; n < 10; ++n) {
    if (!is_silent) report_of_d();
    beats(1);
  }
  CHECK(adopted(a) + adopted(c) == 1);
  CHECK(other->count<find_copies>() == (is_silent ? 0 : 1));
}

TEST_CASE_FIXTURE(adoptions_fixture, "a call without a value and without a leg is over") {
  ring(b, "b-1-1", "");
  lose(b);
  CHECK(adopted(a) + adopted(c) == 0);
  CHECK(table.calls.at("b-1-1").what.ended);
  CHECK(a.moved(move_reason::node_lost, move_outcome::ended) +
            c.moved(move_reason::node_lost, move_outcome::ended) ==
        1);
}

TEST_CASE_FIXTURE(adoptions_fixture, "a lost node's call that its new node refuses goes on at another") {
  ring(b, "b-1-1", "leg");
  tell(b.actor, keep_value{"b-1-1", "one", true});
  a.calls->answer_with(adoption_ruling{false, "memory"});
  // The third node is full until the second one has adopted the call.
  load(c, 10);
  beats(1);
  c.is_cut = true;
  c.places.clear();
  kill(b);
  for (int n = 0; n < 10; ++n) {
    tell(a.actor, node_reported{{.who = c.who, .sequence = ++reports, .max_calls = 10}});
    beats(1);
  }
  CHECK(adopted(a) == 1);
  CHECK(c.calls->last<adopt_call>().value == "one");
  CHECK(owner("b-1-1") == "c");
  CHECK(a.moved(move_reason::node_lost, move_outcome::moved) == 1);
}

TEST_CASE_FIXTURE(adoptions_fixture, "a lost node's call that every node refuses is over") {
  ring(b, "b-1-1", "leg");
  tell(b.actor, keep_value{"b-1-1", "one", true});
  a.calls->answer_with(adoption_ruling{false, "memory"});
  c.door->drain();
  beats(1);
  lose(b);
  CHECK(adopted(a) == 1);
  CHECK(adopted(c) == 0);
  CHECK(table.calls.at("b-1-1").what.ended);
  CHECK(a.moved(move_reason::node_lost, move_outcome::ended) == 1);
}

TEST_CASE_FIXTURE(adoptions_fixture, "a node that was cut off ends its calls quietly and begins anew") {
  const auto pass = ring(b, "b-1-1", "leg");
  tell(b.actor, keep_value{"b-1-1", "one", true});
  b.store.is_away = true;
  b.is_cut = true;
  miss(b);
  beats(10);
  CHECK_FALSE(holds(pass));
  CHECK(adopted(a) + adopted(c) == 1);
  // Nobody could tell it to close its stream.
  CHECK((adopted(a) == 1 ? a : c).calls->last<adopt_call>().former_is_silent);
  CHECK(b.calls->count<forsake_calls>() == 0);
  b.store.is_away = false;
  b.is_cut = false;
  beats(8);
  CHECK(b.calls->count<forsake_calls>() == 1);
  CHECK_FALSE(holds(pass));
  CHECK(owner("b-1-1") != "b");
  CHECK(*b.member);
  CHECK(holds(ring(b, "b-1-2", "other")));
}

TEST_CASE_FIXTURE(adoptions_fixture,
                  "a node whose connection breaks while it is silent or asks again has not ended") {
  ring(b, "b-1-1", "leg");
  tell(b.actor, keep_value{"b-1-1", "one", true});
  const auto break_connections = [this] {
    for (const auto* each : {&a, &c})
      caf::anon_send(caf::actor_cast<caf::actor>(each->actor),
                     caf::down_msg{b.actor.address(), caf::exit_reason::remote_link_unreachable});
    host.run();
  };
  SUBCASE("it asks again") {
    break_connections();
    beats(2);
  }
  b.store.is_away = true;
  b.is_cut = true;
  SUBCASE("it is silent") {
    beats(3);
    break_connections();
  }
  miss(b);
  beats(10);
  CHECK(adopted(a) + adopted(c) == 1);
  CHECK((adopted(a) == 1 ? a : c).calls->last<adopt_call>().former_is_silent);
}

TEST_CASE_FIXTURE(adoptions_fixture, "a call that turns out to be another node's is forsaken") {
  const auto call = spawn_probe<actor_kind::call, call_actor>();
  a.calls->answer_with(call_owner{"a", "a-1-1", call.handle});
  a.store.is_away = true;
  const auto ruling = ask<claim_ruling>(a, claim_call{"a-1-1", "leg"}, 650ms);
  CHECK(ruling.whose == claim_outcome::unknown);
  CHECK(holds(ruling.pass));
  ring(b, "b-1-1", "leg");
  a.store.is_away = false;
  beats(20);
  CHECK(a.calls->last<find_owner>().id == "a-1-1");
  CHECK(call->count<forsake_call>() == 1);
  CHECK_FALSE(holds(ruling.pass));
}

}  // namespace tandem::test
