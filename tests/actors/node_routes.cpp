#include "tests/actors/node_cluster_fixture.hpp"

#include <prometheus/counter.h>

namespace tandem::test {

namespace {

using enum telnyx::webhook_type;
using types = std::vector<telnyx::webhook_type>;

const call_order order{.to = "+13125550142", .from = "+13125550100"};

}  // namespace

TEST_CASE_FIXTURE(cluster_node,
                  "a caller whom another node takes is its own, whatever is told of them later") {
  switchboard->answer_with(webhook_ruling{true});
  announce("v3:a");
  REQUIRE(switchboard->count<route_webhook>() == 1);
  CHECK(switchboard->last<route_webhook>().begins);
  webhook(call_initiated, "v3:a", "initiated-again");
  CHECK(switchboard->count<route_webhook>() == 1);
  webhook(call_answered, "v3:a", "answered");
  CHECK(switchboard->count<route_webhook>() == 2);
  CHECK_FALSE(switchboard->last<route_webhook>().begins);
  CHECK(calls() == 0);
  CHECK(carrier->size() == 0);
  CHECK(offer("v3:a"));
  CHECK(calls() == 0);
}

TEST_CASE_FIXTURE(cluster_node, "callers whom no other node takes are answered here, or turned away") {
  for (const auto* leg : {"v3:a", "v3:b", "v3:c", "v3:d"}) announce(leg);
  CHECK(switchboard->count<route_webhook>() == 4);
  CHECK(calls() == 3);
  CHECK(commands("answer") == 3);
  CHECK(commands("reject") == 1);
}

TEST_CASE_FIXTURE(cluster_node, "a node without an answer from its switchboard takes its callers itself") {
  end(switchboard.handle);
  announce("v3:a");
  CHECK(calls() == 1);
  CHECK(commands("answer") == 1);
  // A call that may be another's takes its time to end.
  tell(subject, end_all_calls{"shutdown"});
  advance(10s);
  CHECK(calls() == 0);
}

TEST_CASE_FIXTURE(cluster_node, "a call's webhooks go to it, and those of no call here to the switchboard") {
  announce("v3:a");
  webhook(call_answered, "v3:a", "answered-a");
  webhook(call_answered, "v3:b", "answered-b");
  webhook(call_answered, "v3:b", "answered-b");
  CHECK(routed() == types{call_initiated, call_answered});
  CHECK(switchboard->last<route_webhook>().event->call_control_id == "v3:b");
  CHECK(records->last<call_changed>().call.state == call_state::connected);
}

TEST_CASE_FIXTURE(cluster_node,
                  "the webhooks of a leg keep their order while the first one is being routed") {
  switchboard->answer_with(webhook_ruling{true});
  switchboard->hold<webhook_ruling>();
  announce("v3:a");
  webhook(call_answered, "v3:a", "answered");
  webhook(streaming_started, "v3:a", "started");
  announce("v3:b");
  CHECK(routed() == types{call_initiated, call_initiated});
  switchboard->release<webhook_ruling>();
  run();
  CHECK(routed() == types{call_initiated, call_initiated, call_answered, streaming_started});
  CHECK(calls() == 0);
}

TEST_CASE_FIXTURE(cluster_node, "webhooks that waited reach a call that begins here after all") {
  switchboard->hold<webhook_ruling>();
  announce("v3:a");
  webhook(call_answered, "v3:a", "answered");
  CHECK(calls() == 0);
  switchboard->release<webhook_ruling>();
  run();
  CHECK(calls() == 1);
  CHECK(records->last<call_changed>().call.state == call_state::connected);
  CHECK(switchboard->count<route_webhook>() == 1);
}

TEST_CASE_FIXTURE(cluster_node, "no more webhooks of a leg wait than the bound allows") {
  switchboard->hold<webhook_ruling>();
  announce("v3:a");
  for (int i = 0; i < 40; ++i) webhook(call_dtmf_received, "v3:b", "key-" + std::to_string(i));
  switchboard->release<webhook_ruling>();
  run();
  CHECK(switchboard->count<route_webhook>() == 18);
}

TEST_CASE_FIXTURE(cluster_node, "a caller who hangs up while a node is looked for is answered nowhere here") {
  switchboard->hold<webhook_ruling>();
  announce("v3:a");
  hang_up("v3:a");
  switchboard->release<webhook_ruling>();
  run();
  CHECK(calls() == 0);
  CHECK(carrier->size() == 0);
  CHECK(routed() == types{call_initiated, call_hangup});
}

TEST_CASE_FIXTURE(cluster_node,
                  "a caller whom another node passes on is taken once, and never passed on again") {
  CHECK(offer("v3:a"));
  CHECK(offer("v3:a"));
  announce("v3:a");
  CHECK(calls() == 1);
  CHECK(commands("answer") == 1);
  CHECK(switchboard->count<route_webhook>() == 0);
}

TEST_CASE_FIXTURE(cluster_node,
                  "a caller for whom there is no room is left to whoever asked, and not counted") {
  for (const auto* leg : {"v3:a", "v3:b", "v3:c"}) CHECK(offer(leg));
  CHECK_FALSE(offer("v3:d"));
  CHECK(commands("reject") == 0);
  CHECK(measure.calls_rejected(refusal::calls).Value() == 0);
  hang_up("v3:a");
  CHECK(offer("v3:d"));
}

TEST_CASE_FIXTURE(cluster_node,
                  "of two nodes that ask each other about a caller neither counts on the other") {
  switchboard->hold<webhook_ruling>();
  announce("v3:a");
  CHECK_FALSE(offer("v3:a"));
  switchboard->release<webhook_ruling>();
  run();
  CHECK(calls() == 1);
}

TEST_CASE_FIXTURE(cluster_node,
                  "a webhook that is passed on reaches its call once, and without one is not taken") {
  CHECK(offer("v3:a"));
  CHECK(offer(call_answered, "v3:a", "answered"));
  const auto told = records->count<call_changed>();
  CHECK(offer(call_answered, "v3:a", "answered"));
  webhook(call_answered, "v3:a", "answered");
  CHECK(records->count<call_changed>() == told);
  CHECK_FALSE(offer(call_answered, "v3:b", "answered-b"));
  CHECK(offer(call_hangup, "v3:a", "hangup"));
  CHECK(calls() == 0);
  CHECK(records->last<call_changed>().call.end_reason == end_reason::caller_hung_up);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(cluster_node, "an order that another node carries out is answered as that one answers it") {
  switchboard->answer_with(place_ruling{.here = false, .answer = {.call = {.id = "b-1-7", .node = "b"}}});
  CHECK(ask<placed_call>(place_call{order}).call.node == "b");
  CHECK_FALSE(switchboard->last<route_order>().command.id.empty());
  CHECK(calls() == 0);
  CHECK(commands("dial") == 0);
}

TEST_CASE_FIXTURE(cluster_node, "an order that stays keeps the id under which others were asked") {
  dials("v3:1");
  const auto placed = ask<placed_call>(place_call{order});
  CHECK(placed.call.id == switchboard->last<route_order>().command.id);
  CHECK(ask<call_owner>(find_owner{placed.call.id}).call);
  CHECK(commands("dial") == 1);
  dials("v3:2");
  const auto known = ask<placed_call>(place_call{order, "test-node-1-c1"});
  CHECK(known.call.id == "test-node-1-c1");
  CHECK(switchboard->last<route_order>().command.id == "test-node-1-c1");
}

TEST_CASE_FIXTURE(cluster_node, "an order of another node's is carried out or refused here") {
  for (int i = 0; i < 3; ++i) {
    const auto id = "b-1-" + std::to_string(i);
    dials("v3:" + std::to_string(i));
    CHECK(ask<placed_call>(place_call{order, id, true}).call.id == id);
  }
  CHECK(ask<placed_call>(place_call{order, "b-1-9", true}).why == refusal::calls);
  CHECK(switchboard->count<route_order>() == 0);
}

}  // namespace tandem::test
