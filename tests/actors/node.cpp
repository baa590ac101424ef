#include "actors/node.hpp"

#include "actors/runtime/pinned.hpp"
#include "tests/actors/node_fixture.hpp"

namespace tandem::test {

TEST_CASE_FIXTURE(node_fixture, "an announced call is taken once, however often it is announced") {
  announce("a");
  announce("a");
  webhook(telnyx::webhook_type::call_initiated, "a", "another delivery");
  CHECK(calls() == 1);
  CHECK(commands("answer") == 1);
}

TEST_CASE_FIXTURE(node_fixture, "our own outgoing legs are no callers") {
  announce("a", "outgoing");
  CHECK(calls() == 0);
  CHECK(carrier->size() == 0);
}

TEST_CASE_FIXTURE(node_fixture, "an ended call stays ended") {
  announce("a");
  hang_up("a");
  CHECK(calls() == 0);
  webhook(telnyx::webhook_type::call_initiated, "a", "late");
  CHECK(calls() == 0);
  // The hang-up may even overtake the announcement.
  hang_up("b");
  announce("b");
  CHECK(calls() == 0);
}

TEST_CASE_FIXTURE(node_fixture,
                  "beyond the limit calls are rejected and streams refused, and slots come back") {
  for (auto call : {"a", "b", "c", "d"}) announce(call);
  CHECK(calls() == 3);
  CHECK(commands("reject") == 1);
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::calls);
  CHECK(measure.calls_rejected(refusal::calls).Value() == 2);
  CHECK(ask<node_description>(describe_node{}).outlook == refusal::calls);
  hang_up("b");
  CHECK(calls() == 2);
  CHECK(ask<node_description>(describe_node{}).outlook == refusal::none);
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::none);
  CHECK(calls() == 3);
}

TEST_CASE_FIXTURE(node_fixture, "applied settings hold for new calls; those in progress keep theirs") {
  announce("a");
  auto other_agent = settings;
  other_agent.agent.kind = "script";
  other_agent.carrier.stream_url = "wss://elsewhere";
  tell(subject, apply_settings{std::make_shared<const call_settings>(other_agent),
                               std::make_shared<const admission_limits>(
                                   admission_limits{.max_calls = 2, .retry_after_seconds = 17})});
  announce("b");
  auto changes = records->all<call_changed>();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].call.agent == "echo");
  CHECK(changes[1].call.agent == "script");
  CHECK(carrier->all<carrier_command>().back().body.find("wss://elsewhere") != std::string::npos);
  auto ruling = ask<stream_ruling>(open_stream{});
  CHECK(ruling.why == refusal::calls);
  CHECK(ruling.retry_after_seconds == 17);
}

TEST_CASE_FIXTURE(node_fixture,
                  "a stream may hold back an eighth of what a call's buffers may, as applied last") {
  announce("a");
  const auto id = ask<call_owner>(find_owner{"a"}).call_id;
  for (const std::size_t bytes : {65536, 1048576}) {
    auto changed = settings;
    changed.limits.buffer_bytes = bytes;
    tell(subject, apply_settings{std::make_shared<const call_settings>(changed),
                                 std::make_shared<const admission_limits>(admission_limits{.max_calls = 3})});
    for (const auto& door : {open_stream{}, open_stream{.call_id = id}})
      CHECK(ask<stream_ruling>(door).write_bound == bytes / 8);
  }
}

TEST_CASE_FIXTURE(node_fixture, "a limit below what goes on ends no call and lets none in") {
  for (auto call : {"a", "b", "c"}) announce(call);
  tell(subject, apply_settings{std::make_shared<const call_settings>(settings),
                               std::make_shared<const admission_limits>(admission_limits{.max_calls = 1})});
  CHECK(calls() == 3);
  hang_up("a");
  hang_up("b");
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::calls);
  hang_up("c");
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::none);
}

TEST_CASE_FIXTURE(node_fixture, "calls go to the loop with the fewest") {
  auto first = ask<stream_ruling>(open_stream{});
  auto second = ask<stream_ruling>(open_stream{});
  CHECK(first.loop != second.loop);
  // Where a connection cannot move, the call comes to it.
  auto third = ask<stream_ruling>(open_stream{.loop = 1, .can_move = false});
  CHECK(third.loop == 1);
}

TEST_CASE_FIXTURE(node_fixture, "a call is found by our id and by the carrier's") {
  announce("v3:a");
  auto by_carrier = ask<call_owner>(find_owner{"v3:a"});
  REQUIRE(by_carrier.call);
  auto by_id = ask<call_owner>(find_owner{by_carrier.call_id});
  CHECK(by_id.call == by_carrier.call);
  CHECK(by_id.node == "test-node");
  CHECK_FALSE(ask<call_owner>(find_owner{"nobody"}).call);
}

TEST_CASE_FIXTURE(node_fixture, "a stream with a known token finds its call, one of an ended call does not") {
  announce("v3:a");
  auto owner = ask<call_owner>(find_owner{"v3:a"});
  CHECK(ask<stream_ruling>(open_stream{.call_id = owner.call_id}).taker.address() == owner.call.address());
  hang_up("v3:a");
  CHECK(ask<stream_ruling>(open_stream{.call_id = owner.call_id}).unknown_call);
}

TEST_CASE_FIXTURE(node_fixture, "a stream that names a call which is there already belongs to that call") {
  auto first = ask<stream_ruling>(open_stream{});
  auto second = ask<stream_ruling>(open_stream{});
  auto ids = records->all<call_changed>();
  REQUIRE(ids.size() == 2);
  CHECK(ask<call_owner>(identify_call{ids[0].call.id, "v3:a"}).call.address() == first.taker.address());
  CHECK(ask<call_owner>(identify_call{ids[1].call.id, "v3:a"}).call.address() == first.taker.address());
  CHECK(ask<call_owner>(find_owner{"v3:a"}).call.address() == first.taker.address());
}

TEST_CASE_FIXTURE(node_fixture, "a stream that names a call which has ended belongs to none") {
  announce("v3:a");
  hang_up("v3:a");
  ask<stream_ruling>(open_stream{});
  auto id = records->last<call_changed>().call.id;
  CHECK_FALSE(ask<call_owner>(identify_call{id, "v3:a"}).call);
}

TEST_CASE_FIXTURE(node_fixture, "a place comes back even when the call's supervisor is killed") {
  for (auto call : {"a", "b", "c"}) announce(call);
  CHECK(door->calls() == 3);
  auto owner = ask<call_owner>(find_owner{"b"});
  end(owner.call, caf::exit_reason::kill);
  owner.call = call_actor{};
  run();
  CHECK(door->calls() == 2);
  CHECK(measure.calls_active->Value() == 2);
  CHECK(commands("hangup") == 1);
  CHECK(records->last<call_changed>().call.end_reason == end_reason::internal_error);
}

TEST_CASE_FIXTURE(node_fixture, "a draining node takes no calls and is done when the last has ended") {
  announce("a");
  using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
  bool drained = false;
  caf::actor_config config{&host, nullptr};
  auto ask_it = [&](asker* self, const drain_node& wish) {
    self->request(subject, 60s, wish).then([&](const node_description&) { drained = true; });
  };
  system.spawn_functor(std::true_type{}, config, ask_it, drain_node{});
  run();
  CHECK_FALSE(drained);
  announce("b");
  CHECK(calls() == 1);
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::draining);
  hang_up("a");
  CHECK(drained);
}

TEST_CASE_FIXTURE(node_fixture,
                  "a conversation goes on with its call's newest stream, on whatever loop that is") {
  const auto begin = [&](bool same_loop) {
    return come_in("v3:a", {.loop = same_loop ? 0u : 1u, .can_move = false});
  };
  auto first = begin(true);
  auto call = ask<call_owner>(find_owner{"v3:a"});
  REQUIRE(call.call);
  auto live_streams = [&] { return measure.inbound_frames(frame_outcome::ok).Value(); };
  for (bool same_loop : {true, false, false, true}) {
    CAPTURE(same_loop);
    auto next = begin(same_loop);
    CHECK(first->closed_with == 1000);
    if (first->events != nullptr) first->close(1000, "");
    run();
    CHECK(first->dropped);
    CHECK(calls() == 1);
    CHECK(door->calls() == 1);
    CHECK(ask<call_owner>(find_owner{"v3:a"}).call == call.call);
    REQUIRE(next->connected());
    CHECK_FALSE(next->paused);
    const auto before = live_streams();
    for (int i = 0; i < 60; ++i) next->text(frame);
    run();
    CHECK(live_streams() > before);
    first = next;
  }
  first->text(R"({"event":"stop","stream_id":"s"})");
  run();
  CHECK(calls() == 0);
  CHECK(first->closed_with == 1000);
}

TEST_CASE_FIXTURE(node_fixture, "a softphone's stream is a new call's within the limits, and no other's") {
  announce("a");
  const auto others = ask<call_owner>(find_owner{"a"});
  const auto ruling = ask<stream_ruling>(open_stream{.is_softphone = true});
  const auto call = records->last<call_changed>().call;
  CHECK(ruling.new_call_id == call.id);
  CHECK(call.direction == call_direction::incoming);
  CHECK(call.from == "softphone");
  REQUIRE(call.metadata.size() == 1);
  CHECK(call.metadata.front() == std::pair<std::string, std::string>("softphone", "true"));
  CHECK(come_in("a", {.is_softphone = true})->closed_with == 1008);
  CHECK(calls() == 2);
  CHECK(ask<call_owner>(find_owner{"a"}).call == others.call);
  CHECK(commands("hangup") == 0);
  // A softphone never belongs to a call that misses its stream.
  come_in("b");
  advance(1100ms);
  CHECK(ask<stream_ruling>(open_stream{.is_softphone = true}).why == refusal::calls);
}

TEST_CASE_FIXTURE(node_fixture, "a softphone's line is PCMU, whatever the carrier's are") {
  settings.carrier.codec = telnyx::codec::g722;
  tell(subject, apply_settings{std::make_shared<const call_settings>(settings),
                               std::make_shared<const admission_limits>(admission_limits{.max_calls = 3})});
  const auto format_heard = [&] {
    const auto& url = connector.peers.back()->request.url;
    return url.find("ulaw_8000") != std::string::npos ? "ulaw" : "other";
  };
  come_in("a");
  REQUIRE_FALSE(connector.peers.empty());
  CHECK(format_heard() == std::string("other"));
  const auto before = connector.peers.size();
  // What names no call is its own.
  const auto stream = come_in("", {.is_softphone = true});
  stream->text(R"({"event":"start","stream_id":"s","start":{"call_control_id":"",)"
               R"("media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}}})");
  run();
  REQUIRE(connector.peers.size() > before);
  CHECK(format_heard() == std::string("ulaw"));
  CHECK(records->last<call_changed>().call.state == call_state::connected);
}

TEST_CASE_FIXTURE(node_fixture, "a full node lets a stream on the fixed token back into its call") {
  for (const bool is_told : {true, false}) {
    CAPTURE(is_told);
    std::vector<std::shared_ptr<fake_peer>> streams;
    for (const std::string call : {"a", "b", "c"}) streams.push_back(come_in(call));
    REQUIRE(calls() == 3);
    CHECK(ask<stream_ruling>(open_stream{}).why == refusal::calls);
    const auto refused = measure.calls_rejected(refusal::calls).Value();
    const auto owner = ask<call_owner>(find_owner{"b"});
    // The carrier has lost the stream: the engine hears of it, or only that there are no frames any more.
    if (is_told) streams[1]->close(0, "reset");
    for (int i = 0; i < 12; ++i) {
      advance(100ms);
      for (auto which : {0, 2}) streams[which]->text(frame);
      run();
    }
    const auto back = come_in("b");
    CHECK(calls() == 3);
    CHECK(ask<call_owner>(find_owner{"b"}).call == owner.call);
    CHECK(measure.calls_rejected(refusal::calls).Value() == refused);
    REQUIRE(back->connected());
    CHECK_FALSE(back->paused);
    const auto before = measure.inbound_frames(frame_outcome::ok).Value();
    for (int i = 0; i < 60; ++i) back->text(frame);
    run();
    CHECK(measure.inbound_frames(frame_outcome::ok).Value() >= before + 50);
    // It is no secret way in for others once every call has its stream.
    advance(100ms);
    CHECK(ask<stream_ruling>(open_stream{}).why == refusal::calls);
    CHECK(comes_to(actor_kind::ingress, 3));
    for (const auto& each : {streams[0], back, streams[2]}) each->text(R"({"event":"stop","stream_id":"s"})");
    run();
    CHECK(calls() == 0);
  }
}

TEST_CASE_FIXTURE(node_fixture, "a stranger who slips in beside a stream that is missed is sent away") {
  for (const std::string call : {"a", "b", "c"}) come_in(call);
  advance(1100ms);
  const auto refused = measure.calls_rejected(refusal::calls).Value();
  const auto stranger = come_in("d");
  CHECK(stranger->closed_with == 1013);
  const auto silent = come_in("");
  CHECK(silent->closed_with == 0);
  advance(5s);
  CHECK(silent->closed_with == 1013);
  CHECK(measure.calls_rejected(refusal::calls).Value() == refused + 2);
  CHECK(calls() == 3);
  advance(2s);
  CHECK(stranger->dropped);
  CHECK(silent->dropped);
  CHECK(comes_to(actor_kind::ingress, 3));
  // Nor can many wait at once.
  for (int i = 0; i < 16; ++i) CHECK(ask<stream_ruling>(open_stream{}).why == refusal::none);
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::calls);
}

}  // namespace tandem::test
