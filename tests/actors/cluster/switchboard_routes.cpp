#include "protocols/telnyx/webhook.hpp"
#include "tests/actors/cluster/switchboard_fixture.hpp"

namespace tandem::test {

namespace {

struct routes_fixture : switchboard_fixture {
  routes_fixture() : switchboard_fixture({"a", "b", "c"}) {}

  static std::shared_ptr<const telnyx::webhook> event(const std::string& leg, const std::string& label = {}) {
    auto made = std::make_shared<telnyx::webhook>();
    made->id = "event-" + leg;
    made->event_type = "call.answered";
    made->call_control_id = leg;
    made->client_state = label;
    return made;
  }

  bool caller(const std::string& leg) {
    return ask<webhook_ruling>(a, route_webhook{event(leg), true}).taken;
  }
  bool later(const std::string& leg, const std::string& label = {}) {
    return ask<webhook_ruling>(a, route_webhook{event(leg, label), false}).taken;
  }

  static std::size_t asked(const board& who) { return who.calls->count<take_webhook>(); }
  static void takes(board& who, bool taken) { who.calls->answer_with(webhook_ruling{taken}); }

  /// The call is at this node.
  void put(board& at, const std::string& id) {
    at.calls->answer_with(call_owner{at.who.name, id, call.handle});
  }

  call_owner find(const std::string& id) { return ask<call_owner>(a, find_anywhere{id}); }

  probe<call_actor> call = spawn_probe<actor_kind::call, call_actor>();
  board &a = *nodes[0], &b = *nodes[1], &c = *nodes[2];
};

}  // namespace

TEST_CASE_FIXTURE(routes_fixture, "a caller goes to a node with less to do") {
  load(a, 5);
  load(c, 5);
  beats(1);
  takes(b, true);
  takes(c, true);
  // Of any two of them b is one, or both have as much to do as the other.
  int went = 0;
  for (int n = 0; n < 20; ++n) {
    beats(1);
    if (caller("leg-" + std::to_string(n))) ++went;
  }
  CHECK(asked(b) > 0);
  CHECK(asked(c) == 0);
  CHECK(asked(b) == static_cast<std::size_t>(went));
  const auto got = b.calls->last<take_webhook>();
  CHECK(got.begins);
  CHECK(got.event->id.starts_with("event-leg-"));
}

TEST_CASE_FIXTURE(routes_fixture, "of nodes with as much to do this one takes the caller") {
  miss(c);
  load(a, 1);
  load(b, 1);
  beats(1);
  for (int n = 0; n < 10; ++n) CHECK_FALSE(caller("leg"));
  CHECK(asked(b) == 0);
}

TEST_CASE_FIXTURE(routes_fixture, "callers that come between two reports are counted") {
  miss(c);
  load(a, 5);
  beats(1);
  takes(b, true);
  int went = 0;
  for (int n = 0; n < 20; ++n) went += caller("leg-" + std::to_string(n)) ? 1 : 0;
  CHECK(went == 5);
  CHECK(asked(b) == 5);
}

TEST_CASE_FIXTURE(routes_fixture, "who refuses a caller is passed over, and at last they are this node's") {
  load(a, 9);
  beats(1);
  takes(b, false);
  takes(c, true);
  for (int n = 0; n < 10; ++n) {
    beats(1);
    CHECK(caller("leg"));
  }
  CHECK(asked(c) == 10);
  takes(c, false);
  beats(1);
  b.calls->clear();
  c.calls->clear();
  CHECK_FALSE(caller("leg"));
  CHECK(asked(b) == 1);
  CHECK(asked(c) == 1);
}

TEST_CASE_FIXTURE(routes_fixture, "a node that is gone keeps no caller waiting") {
  load(a, 9);
  beats(1);
  kill(b);
  takes(c, true);
  for (int n = 0; n < 10; ++n) {
    beats(1);
    CHECK(caller("leg"));
  }
}

TEST_CASE_FIXTURE(routes_fixture, "no caller goes to a node that drains, is full or has not reported") {
  load(a, 9);
  b.door->drain();
  load(c, 10);
  beats(1);
  CHECK_FALSE(caller("leg"));
  c.places.clear();
  beats(1);
  takes(c, true);
  CHECK(caller("leg"));
  c.is_cut = true;
  beats(5);
  CHECK_FALSE(caller("leg"));
  CHECK(asked(b) == 0);
  CHECK(asked(c) == 1);
}

TEST_CASE_FIXTURE(routes_fixture, "what comes for a call goes where the leg's label points") {
  takes(b, true);
  CHECK(later("leg", "tandem:conversation:b:b-1-1"));
  CHECK(asked(b) == 1);
  CHECK_FALSE(b.calls->last<take_webhook>().begins);
  CHECK(a.store.count("find leg") == 0);
}

TEST_CASE_FIXTURE(routes_fixture, "what comes for a call that has moved goes where the store says") {
  ring(c, "b-1-1", "leg");
  takes(b, false);
  takes(c, true);
  CHECK(later("leg", "tandem:conversation:b:b-1-1"));
  CHECK(asked(b) == 1);
  CHECK(asked(c) == 1);
  CHECK(later("leg"));
  CHECK(asked(c) == 2);
}

TEST_CASE_FIXTURE(routes_fixture, "what comes for nobody's call stays here") {
  takes(b, true);
  CHECK_FALSE(later("leg"));
  ring(a, "a-1-1", "own");
  CHECK_FALSE(later("own", "tandem:conversation:a:a-1-1"));
  ring(b, "b-1-1", "over");
  tell(b.actor, end_lease{"b-1-1"});
  CHECK_FALSE(later("over"));
  CHECK(asked(b) == 0);
}

TEST_CASE_FIXTURE(routes_fixture, "a leg that is another node's is left alone though that one is gone") {
  ring(b, "b-1-1", "leg");
  kill(b);
  miss(b);
  CHECK(later("leg", "tandem:conversation:a:b-1-1"));
}

TEST_CASE_FIXTURE(routes_fixture, "an order is placed by a node with less to do, under its id") {
  load(a, 5);
  load(c, 10);
  beats(1);
  placed_call done;
  done.call.id = "a-1-7";
  b.calls->answer_with(done);
  const route_order order{{.order = {.to = "+4930123456"}, .id = "a-1-7"}};
  const auto ruling = ask<place_ruling>(a, order);
  CHECK_FALSE(ruling.here);
  CHECK(ruling.answer.call.id == "a-1-7");
  const auto got = b.calls->last<place_call>();
  CHECK(got.here);
  CHECK(got.id == "a-1-7");
  CHECK(got.order.to == "+4930123456");
  b.calls->answer_with(placed_call{.why = refusal::calls});
  CHECK(ask<place_ruling>(a, order).here);
  kill(b);
  CHECK(ask<place_ruling>(a, order).here);
}

TEST_CASE_FIXTURE(routes_fixture, "a call is found here, where it was born, or where it moved") {
  put(a, "a-1-1");
  CHECK(find("a-1-1").node == "a");
  CHECK(a.store.count("find a-1-1") == 0);
  a.calls->answer_with(call_owner{});
  put(b, "b-1-1");
  CHECK(find("b-1-1").node == "b");
  CHECK(a.store.count("find b-1-1") == 0);
  b.calls->answer_with(call_owner{});
  ring(c, "b-1-1", "leg");
  put(c, "b-1-1");
  CHECK(find("b-1-1").call == call.handle);
  CHECK(find("leg").node == "c");
  CHECK(ask<node_door>(a, find_door{"b-1-1"}).node == "c");
  CHECK(ask<node_door>(a, find_door{"b-1-1"}).media_url == "ws://c");
}

TEST_CASE_FIXTURE(routes_fixture, "a call that cannot be reached is named with its node") {
  ring(b, "b-1-1", "leg");
  kill(b);
  const auto found = find("b-1-1");
  CHECK(found.node == "b");
  CHECK(found.call_id == "b-1-1");
  CHECK_FALSE(found.call);
  CHECK(ask<node_door>(a, find_door{"b-1-1"}).node.empty());
  const auto nobody = find("b-1-99");
  CHECK(nobody.node.empty());
  CHECK(find("no-id").node.empty());
}

}  // namespace tandem::test
