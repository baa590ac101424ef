#include "actors/runtime/pinned.hpp"
#include "protocols/conversation/call_value.hpp"
#include "tests/actors/node_cluster_fixture.hpp"

namespace tandem::test {

namespace {

using enum telnyx::webhook_type;

struct moving_node : cluster_node {
  /// A call that was another node's, with an agent and a line of its own.
  call_value value_of(const std::string& id) const {
    call_value out;
    out.record = {.id = id,
                  .node = "b",
                  .carrier_call_id = "v3:" + id,
                  .direction = call_direction::outgoing,
                  .from = "+13125550100",
                  .to = "+13125550142",
                  .state = call_state::connected,
                  .agent = "echo",
                  .metadata = {{"order", "17"}}};
    out.record.started_at = wall_time(1'700'000'000'000ms);
    out.record.answered_at = wall_time(1'700'000'001'000ms);
    out.leg = {.controlled = true, .answered = true, .codec = telnyx::codec::l16};
    out.agent = {{"kind", "echo"}, {"fallback_reply", "Pardon?"}};
    out.written_at = wall_time(1'700'000'002'000ms);
    out.talk = conversation().to_json(host.now());
    return out;
  }

  adoption_ruling adopt(const std::string& id, const std::string& value, bool from_silent_node = false) {
    return ask<adoption_ruling>(adopt_call{id, "v3:" + id, value, pass(), from_silent_node});
  }
  adoption_ruling adopt(const std::string& id) { return adopt(id, value_of(id).to_json()); }

  std::string body_of(std::string_view action) const {
    for (const auto& each : carrier->all<carrier_command>()) {
      if (each.action == action) return each.body;
    }
    return {};
  }
};

}  // namespace

TEST_CASE_FIXTURE(moving_node, "a call of another node's goes on here under both of its ids") {
  CHECK(adopt("b-1-1").taken);
  CHECK(calls() == 1);
  CHECK(id_of("b-1-1") == "b-1-1");
  CHECK(id_of("v3:b-1-1") == "b-1-1");
  const auto record = records->last<call_changed>().call;
  CHECK(record.id == "b-1-1");
  CHECK(record.node == "test-node");
  CHECK(record.direction == call_direction::outgoing);
  CHECK(record.metadata == value_of("b-1-1").record.metadata);
  CHECK(commands("dial") == 0);
  CHECK(commands("answer") == 0);
  CHECK(body_of("streaming_start").find("L16") != std::string::npos);
}

TEST_CASE_FIXTURE(moving_node,
                  "the stream of a call whose node has fallen silent is stopped, that of another is not") {
  auto value = value_of("b-1-1");
  value.leg.stream_id = "old";
  CHECK(adopt("b-1-1", value.to_json()).taken);
  CHECK(commands("streaming_stop") == 0);
  value.record.id = "b-1-2";
  CHECK(adopt("b-1-2", value.to_json(), true).taken);
  CHECK(commands("streaming_stop") == 1);
  CHECK(body_of("streaming_stop").find(R"("stream_id":"old")") != std::string::npos);
}

TEST_CASE_FIXTURE(moving_node, "calls that come from elsewhere are refused only when there is no room") {
  for (int i = 0; i < 3; ++i) CHECK(adopt("b-1-" + std::to_string(i)).taken);
  const auto refused = adopt("b-1-9");
  CHECK_FALSE(refused.taken);
  CHECK(refused.why == to_string(refusal::calls));
  CHECK(calls() == 3);
}

TEST_CASE_FIXTURE(moving_node, "a call whose agent cannot be had here goes on with this node's") {
  auto value = value_of("b-1-1");
  value.agent = {{"kind", "parrot"}};
  CHECK(adopt("b-1-1", value.to_json()).taken);
  CHECK(calls() == 1);
}

TEST_CASE_FIXTURE(moving_node,
                  "a call of which nothing can be read goes on as what the carrier knows of it") {
  for (const auto& value : {std::string(), std::string("{}"), value_of("b-1-9").to_json()}) {
    CAPTURE(value);
    carrier->hold<command_outcome>();
    CHECK(adopt("b-1-1", value).taken);
    CHECK(calls() == 1);
    CHECK(id_of("v3:b-1-1") == "b-1-1");
    // The leg is down, says the carrier.
    carrier->release<command_outcome>();
    advance(60s);
    CHECK(calls() == 0);
  }
}

TEST_CASE_FIXTURE(moving_node, "a call that comes again replaces what is left of it here") {
  CHECK(adopt("b-1-1").taken);
  const auto former = ask<call_owner>(find_owner{"b-1-1"}).call.address();
  CHECK(adopt("b-1-1").taken);
  CHECK(calls() == 1);
  CHECK(ask<call_owner>(find_owner{"v3:b-1-1"}).call.address() != former);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(moving_node, "the leg of a call that was refused here is hung up unless somebody has it") {
  for (int i = 0; i < 3; ++i) announce("v3:" + std::to_string(i));
  const auto elsewhere = ask<call_owner>(find_owner{"v3:0"});
  switchboard->answer_with(call_owner{"b", "b-1-8", elsewhere.call});
  CHECK_FALSE(adopt("b-1-8").taken);
  alive(true);
  advance(100s);
  CHECK(commands("status") == 0);
  switchboard->answer_with(call_owner{});
  CHECK_FALSE(adopt("b-1-9").taken);
  advance(6s);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(moving_node, "a call that has moved is no business of this node's any more") {
  announce("v3:a");
  auto owner = ask<call_owner>(find_owner{"v3:a"});
  tell(subject, call_moved{owner.call_id});
  CHECK_FALSE(ask<call_owner>(find_owner{"v3:a"}).call);
  CHECK_FALSE(ask<call_owner>(find_owner{owner.call_id}).call);
  CHECK(ask<stream_ruling>(open_stream{.call_id = owner.call_id}).unknown_call);
  const auto before = switchboard->count<route_webhook>();
  webhook(call_answered, "v3:a", "answered");
  CHECK(switchboard->count<route_webhook>() == before + 1);
  // Its place is kept until nothing is left of it.
  CHECK(door->calls() == 1);
  end(owner.call, caf::exit_reason::kill);
  owner.call = call_actor{};
  run();
  CHECK(door->calls() == 0);
  alive(true);
  advance(600s);
  CHECK(commands("hangup") == 0);
  CHECK(commands("status") == 0);
  CHECK(offer("v3:a"));
  CHECK(calls() == 1);
}

TEST_CASE_FIXTURE(moving_node, "when the node's epoch is over every call with a lease ends quietly") {
  announce("v3:a");
  CHECK(adopt("b-1-1").taken);
  const auto softphone = ask<stream_ruling>(open_stream{.is_softphone = true}).new_call_id;
  tell(subject, forsake_calls{});
  run();
  CHECK(calls() == 1);
  CHECK(id_of(softphone) == softphone);
  CHECK(id_of("v3:a").empty());
  alive(true);
  advance(100s);
  CHECK(commands("hangup") == 0);
  CHECK(commands("status") == 0);
  CHECK(offer("v3:b"));
}

TEST_CASE_FIXTURE(moving_node, "a node that drains gives away what it can, and waits for the rest") {
  announce("v3:a");
  const auto stream = come_in("v3:a", {.call_id = id_of("v3:a")});
  const auto softphone = come_in("", {.is_softphone = true});
  switchboard->answer_with(move_ruling{.moved = true, .node = "b"});
  using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
  bool drained = false;
  caf::actor_config config{&host, nullptr};
  auto ask_it = [&](asker* self, const drain_node& wish) {
    self->request(subject, 60s, wish).then([&](const node_description&) { drained = true; });
  };
  system.spawn_functor(std::true_type{}, config, ask_it, drain_node{3s});
  run();
  advance(2s);
  REQUIRE(switchboard->count<move_call>() == 1);
  CHECK(id_of("v3:a").empty());
  CHECK(commands("hangup") == 0);
  CHECK_FALSE(drained);
  tell(subject, end_all_calls{"shutdown"});
  run();
  CHECK(drained);
}

TEST_CASE_FIXTURE(moving_node, "a leg with this node's label is left alone when another node has its call") {
  alive(true);
  claims(claim_outcome::anothers);
  find_leg("v3:old", "test-node-0-7");
  advance(600s);
  CHECK(switchboard->count<claim_call>() == 1);
  CHECK(carrier->size() == 0);
}

TEST_CASE_FIXTURE(moving_node, "a leg with this node's label is hung up when nobody has its call") {
  alive(true);
  claims(claim_outcome::unknown);
  find_leg("v3:old", "test-node-0-7");
  advance(6s);
  CHECK(switchboard->last<claim_call>().call_id == "test-node-0-7");
  CHECK(carrier->size() == 0);
  claims(claim_outcome::ours);
  advance(6s);
  CHECK(commands("hangup") == 1);
  CHECK(switchboard->count<end_lease>() == 0);
  hang_up("v3:old");
  REQUIRE(switchboard->count<end_lease>() == 1);
  CHECK(switchboard->last<end_lease>().call_id == "test-node-0-7");
}

TEST_CASE_FIXTURE(moving_node, "a leg that is looked after is let go when its call comes back") {
  alive(true);
  find_leg("v3:b-1-1", "b-1-1");
  CHECK(adopt("b-1-1").taken);
  advance(10s);
  CHECK(commands("status") == 0);
  CHECK(commands("hangup") == 0);
  CHECK(calls() == 1);
}

TEST_CASE_FIXTURE(moving_node, "the lease of a call that failed ends with its leg") {
  announce("v3:a");
  auto owner = ask<call_owner>(find_owner{"v3:a"});
  end(owner.call, caf::exit_reason::kill);
  owner.call = call_actor{};
  run();
  CHECK(commands("hangup") == 1);
  CHECK(switchboard->count<end_lease>() == 0);
  hang_up("v3:a");
  CHECK(switchboard->count<end_lease>() == 1);
}

}  // namespace tandem::test
