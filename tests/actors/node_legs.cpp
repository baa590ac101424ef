#include "protocols/telnyx/leg_label.hpp"
#include "tests/actors/node_fixture.hpp"

namespace tandem::test {

namespace {

using telnyx::leg_role;
using telnyx::webhook_type;

struct leg_node : node_fixture {
  leg_node() {
    auto with = settings;
    with.carrier.connection_id = "app";
    tell(subject, apply_settings{std::make_shared<const call_settings>(with),
                                 std::make_shared<const admission_limits>(admission_limits{.max_calls = 3})});
    auto dialled = command_outcome{.accepted = true};
    dialled.carrier_call_id = "v3:out";
    carrier->answer_with(dialled);
  }

  placed_call place(call_order order = {.to = "+13125550142", .from = "+13125550100"}) {
    auto answer = ask<placed_call>(place_call{std::move(order)});
    run();
    return answer;
  }

  void labelled(webhook_type type, std::string leg, telnyx::leg_label label) {
    auto event = std::make_shared<telnyx::webhook>();
    event->id = "w" + std::to_string(++last);
    event->type = type;
    event->call_control_id = std::move(leg);
    event->direction = "outgoing";
    event->client_state = telnyx::to_text(label);
    tell(subject, webhook_received{event});
    run();
  }

  void alive(bool is) {
    auto answer = command_outcome{.accepted = true};
    answer.is_alive = is;
    carrier->answer_with(answer);
  }

  int last = 0;
};

}  // namespace

TEST_CASE_FIXTURE(leg_node, "a call is placed in a slot of its own and found by both of its ids") {
  const auto placed = place({.to = "+13125550142",
                             .from = "+13125550100",
                             .agent = {{"greeting", "Hello."}},
                             .metadata = {{"order", "17"}}});
  CHECK(placed.fault.empty());
  CHECK(placed.call.direction == call_direction::outgoing);
  CHECK(placed.call.state == call_state::ringing);
  REQUIRE(placed.call.metadata.size() == 1);
  CHECK(calls() == 1);
  CHECK(door->calls() == 1);
  CHECK(commands("dial") == 1);
  CHECK(ask<call_owner>(find_owner{"v3:out"}).call_id == placed.call.id);
  CHECK(ask<call_owner>(find_owner{placed.call.id}).call);
}

TEST_CASE_FIXTURE(leg_node, "no call is placed beyond the limits") {
  for (int i = 0; i < 3; ++i) CHECK(place().why == refusal::none);
  const auto refused = place();
  CHECK(refused.why == refusal::calls);
  CHECK(refused.retry_after_seconds == 5);
  CHECK(commands("dial") == 3);
}

TEST_CASE_FIXTURE(leg_node, "an order that cannot be meant is refused, and takes no slot") {
  const call_order orders[] = {
      {.to = "0312", .from = "+13125550100"},
      {.to = "+13125550142", .from = "me"},
      {.to = "+13125550142", .from = "+13125550100", .agent = {{"colour", "red"}}},
      {.to = "+13125550142", .from = "+13125550100", .agent = {{"kind", "parrot"}}},
      {.to = "+13125550142", .from = "+13125550100", .agent = {{"timeout_ms", "1e3"}}},
      {.to = "+13125550142", .from = "+13125550100", .machine_detection = "magic"},
  };
  for (const auto& each : orders) CHECK_FALSE(place(each).fault.empty());
  CHECK(door->calls() == 0);
  CHECK(commands("dial") == 0);
}

TEST_CASE_FIXTURE(leg_node, "a webhook that is faster than the answer to the dial finds its call") {
  carrier->answer_with(command_outcome{.accepted = true});
  const auto id = place().call.id;
  labelled(webhook_type::call_initiated, "v3:fast", {leg_role::conversation, "test-node", id});
  CHECK(calls() == 1);
  labelled(webhook_type::call_hangup, "v3:fast", {leg_role::conversation, "test-node", id});
  CHECK(calls() == 0);
}

TEST_CASE_FIXTURE(leg_node, "a leg that we dialled or transferred to is no new call, whatever it says") {
  announce("v3:in");
  const auto id = ask<call_owner>(find_owner{"v3:in"}).call_id;
  auto event = std::make_shared<telnyx::webhook>();
  event->id = "far";
  event->type = webhook_type::call_initiated;
  event->call_control_id = "v3:far";
  event->direction = "incoming";
  event->client_state = telnyx::to_text({leg_role::transfer, "test-node", id});
  tell(subject, webhook_received{event});
  run();
  CHECK(calls() == 1);
  CHECK(commands("answer") == 1);
}

TEST_CASE_FIXTURE(leg_node,
                  "a call that ended without the carrier's word is looked at, and hung up if it lives on") {
  announce("v3:a");
  auto owner = ask<call_owner>(find_owner{"v3:a"});
  alive(true);
  tell(owner.call, end_call{"agent_hung_up"});
  owner.call = call_actor{};
  run();
  CHECK(calls() == 0);
  CHECK(commands("hangup") == 1);
  advance(6s);
  CHECK(commands("status") == 1);
  CHECK(commands("hangup") == 2);
  hang_up("v3:a");
  advance(600s);
  CHECK(commands("hangup") == 2);
  CHECK(commands("status") == 1);
}

TEST_CASE_FIXTURE(leg_node, "the calls of a node that fails are ended in order, and hung up") {
  announce("v3:a");
  const auto stream = come_in("v3:b");
  end(subject, caf::exit_reason::kill);
  subject = node_actor{};
  run();
  CHECK(stream->dropped);
  CHECK(commands("hangup") == 1);
  CHECK(records->last<call_changed>().call.end_reason == end_reason::internal_error);
  CHECK(comes_to(actor_kind::call, 0));
}

TEST_CASE_FIXTURE(leg_node, "a call that the carrier has ended is not looked at") {
  announce("v3:a");
  hang_up("v3:a");
  announce("v3:b");
  auto owner = ask<call_owner>(find_owner{"v3:b"});
  tell(owner.call, end_call{"agent_hung_up"});
  run();
  hang_up("v3:b");
  advance(600s);
  CHECK(commands("status") == 0);
}

TEST_CASE_FIXTURE(leg_node,
                  "a leg of ours that shows up after its call is gone is hung up after a grace time") {
  alive(true);
  labelled(webhook_type::streaming_started, "v3:old", {leg_role::conversation, "test-node", "test-node-0-7"});
  CHECK(carrier->size() == 0);
  advance(6s);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_node, "a caller who was transferred is left alone, whatever is told of the leg late") {
  announce("v3:a");
  auto owner = ask<call_owner>(find_owner{"v3:a"});
  const auto id = owner.call_id;
  const auto stream = come_in("v3:a", {.call_id = id});
  tell(owner.call, control_call{call_wish::transfer, "+13125550177"});
  owner.call = call_actor{};
  run();
  REQUIRE(commands("transfer") == 1);
  labelled(webhook_type::call_bridged, "v3:far", {leg_role::transfer, "test-node", id});
  REQUIRE(calls() == 0);
  alive(true);
  labelled(webhook_type::call_dtmf_received, "v3:a", {leg_role::conversation, "test-node", id});
  labelled(webhook_type::streaming_failed, "v3:a", {leg_role::conversation, "test-node", id});
  advance(600s);
  CHECK(commands("status") == 0);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(leg_node, "a leg that a stream named wrongly is not the call's any more") {
  const auto id = place().call.id;
  REQUIRE(ask<call_owner>(find_owner{"v3:out"}).call_id == id);
  CHECK(ask<call_owner>(identify_call{id, "v3:right"}).call_id == id);
  CHECK_FALSE(ask<call_owner>(find_owner{"v3:out"}).call);
  CHECK(ask<call_owner>(find_owner{"v3:right"}).call_id == id);
}

TEST_CASE_FIXTURE(leg_node, "nobody else's leg is ever touched") {
  alive(true);
  labelled(webhook_type::call_answered, "v3:1", {leg_role::conversation, "other-node", "other-node-1-1"});
  labelled(webhook_type::call_answered, "v3:2", {leg_role::released, "test-node", "test-node-0-7"});
  labelled(webhook_type::call_answered, "v3:3", {leg_role::transfer, "test-node", "test-node-0-7"});
  labelled(webhook_type::call_initiated, "v3:4", {leg_role::conversation, "test-node", "test-node-0-7"});
  webhook(webhook_type::call_answered, "v3:5", "answered-5");
  webhook(webhook_type::streaming_failed, "v3:6", "failed-6");
  announce("v3:7", "outgoing");
  advance(600s);
  CHECK(carrier->size() == 0);
}

namespace {

/// A node that starts while its carrier lists these legs.
struct starting_node : fixture {
  starting_node()
      : carrier(spawn_probe<actor_kind::carrier, carrier_actor>()),
        records(spawn_probe<actor_kind::records, records_actor>()) {
    shared.carrier = carrier.handle;
    shared.records = records.handle;
    shared.stream_token = [](std::string_view id, auto) { return std::string(id); };
    settings.agent.kind = "echo";
    settings.carrier.connection_id = "app";
    settings.carrier.api_key = "key";
    carrier->answer_with(status(true));
  }
  ~starting_node() {
    tell(subject, end_all_calls{"shutdown"});
    host.run();
    end(subject);
    subject = node_actor{};
    carrier.handle = carrier_actor{};
    records.handle = records_actor{};
    end_all();
  }

  static command_outcome status(bool is_unclaimed) {
    auto answer = command_outcome{.accepted = true};
    answer.is_alive = true;
    answer.is_unclaimed = is_unclaimed;
    return answer;
  }

  void start(std::vector<known_leg> legs, admission_limits limits = {}) {
    door = std::make_shared<admission>(limits, 1, 100ms, measure);
    if (!legs.empty()) carrier->answer_with(leg_page{true, std::move(legs), ""});
    subject = owned(spawn_node(host, {&host}, door, std::make_shared<const call_settings>(settings), shared));
    host.run();
  }

  std::vector<carrier_command> commands(std::string_view action) const {
    auto found = carrier->all<carrier_command>();
    std::erase_if(found, [&](const auto& each) { return each.action != action; });
    return found;
  }

  probe<carrier_actor> carrier;
  probe<records_actor> records;
  std::shared_ptr<admission> door;
  node_actor subject;
};

}  // namespace

TEST_CASE_FIXTURE(starting_node, "at start the legs that a former start left up are hung up, and no others") {
  start({});
  CHECK(carrier->count<list_legs>() == 1);
  carrier->answer_with(
      leg_page{true,
               {{"v3:ours", telnyx::to_text({leg_role::conversation, "test-node", "test-node-0-1"})},
                {"v3:gone", telnyx::to_text({leg_role::released, "test-node", "test-node-0-2"})},
                {"v3:theirs", telnyx::to_text({leg_role::conversation, "other", "other-0-1"})},
                {"v3:plain", ""}},
               ""});
  // The first one could not be had.
  host.advance(2100ms);
  CHECK(carrier->count<list_legs>() == 2);
  host.advance(6s);
  const auto sent = carrier->all<carrier_command>();
  REQUIRE(sent.size() == 2);
  for (const auto& each : sent) CHECK(each.carrier_call_id == "v3:ours");
  CHECK(sent[1].action == "hangup");
}

TEST_CASE_FIXTURE(starting_node, "a caller whom a former start acknowledged and did not answer is answered") {
  carrier->answer_with(leg_trace{.direction = "incoming", .from = "+13125550100", .to = "+13125550142"});
  start({{"v3:a", "", "leg-a", true}});
  CHECK(commands("answer").empty());
  host.advance(1100ms);
  REQUIRE(commands("answer").size() == 1);
  CHECK(commands("answer")[0].carrier_call_id == "v3:a");
  CHECK(door->calls() == 1);
  const auto record = records->last<call_changed>().call;
  CHECK(record.carrier_call_id == "v3:a");
  CHECK(record.from == "+13125550100");
  CHECK(record.to == "+13125550142");
}

TEST_CASE_FIXTURE(starting_node, "a caller whose webhook comes after all is answered once") {
  start({{"v3:a", "", "leg-a", true}});
  auto event = std::make_shared<telnyx::webhook>();
  event->id = "w1";
  event->type = webhook_type::call_initiated;
  event->call_control_id = "v3:a";
  event->direction = "incoming";
  tell(subject, webhook_received{event});
  host.advance(10s);
  CHECK(commands("answer").size() == 1);
  CHECK(commands("status").empty());
}

TEST_CASE_FIXTURE(starting_node,
                  "callers beyond the limit are turned away, those who may be somebody else's are not") {
  const auto known = std::string("incoming");
  for (const auto& direction : {known, std::string()}) {
    carrier->answer_with(leg_trace{.direction = direction});
    start({{"v3:a", "", "leg-a", true}, {"v3:b", "", "leg-b", true}}, {.max_calls = 1});
    host.advance(1100ms);
    CHECK(commands("answer").size() == 1);
    CHECK(commands("reject").size() == (direction == known ? 1U : 0U));
    CHECK(commands("hangup").empty());
    tell(subject, end_all_calls{"shutdown"});
    end(subject);
    carrier->clear();
  }
}

}  // namespace tandem::test
