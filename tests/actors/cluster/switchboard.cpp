#include "actors/cluster/switchboard.hpp"

#include "tests/actors/cluster/switchboard_fixture.hpp"

namespace tandem::test {

TEST_CASE_FIXTURE(switchboard_fixture, "a node is a member when the store has an epoch for it") {
  auto& a = start("a");
  beats(1);
  CHECK(*a.member);
  auto& b = start("b", true);
  beats(2);
  CHECK_FALSE(*b.member);
  b.store.is_away = false;
  beats(8);
  CHECK(*b.member);
}

TEST_CASE_FIXTURE(switchboard_fixture, "nodes promise each other with every beat what the store cannot say") {
  begin({"a", "b"});
  auto &a = *nodes[0], &b = *nodes[1];
  const auto pass = ring(a, "a-1-1", "leg");
  a.store.is_away = true;
  b.store.is_away = true;
  beats(40);
  CHECK(holds(pass));
  b.is_cut = true;
  beats(8);
  CHECK(holds(pass));
  a.is_cut = true;
  host.advance(2s);
  CHECK_FALSE(holds(pass));
}

TEST_CASE_FIXTURE(switchboard_fixture, "strangers neither ask for promises nor leave copies") {
  begin({"a", "b"});
  auto& a = *nodes[0];
  ring(a, "a-1-1", "leg");
  const leases::node_id stranger{"b", 99};
  tell(a.actor, lease_question{{stranger, host.now()}}, keep_copy{stranger, "b-1-1", 1, 1, "forged"},
       drop_copy{"a-1-1"});
  CHECK(copy_at(a, "b-1-1").empty());
  // With its real life it is still known.
  ring(*nodes[1], "b-1-1", "other");
  tell(nodes[1]->actor, keep_value{"b-1-1", "real", true});
  CHECK(copy_at(a, "b-1-1") == "real");
}

TEST_CASE_FIXTURE(switchboard_fixture, "the events of other nodes are known while those are there") {
  begin({"a", "b"});
  auto &a = *nodes[0], &b = *nodes[1];
  const auto there = a.events->last<events_elsewhere>();
  CHECK(there.node == "b");
  CHECK(there.source == event_source{b.events.handle});
  miss(b);
  const auto gone = a.events->last<events_elsewhere>();
  CHECK(gone.node == "b");
  CHECK_FALSE(gone.source);
}

TEST_CASE_FIXTURE(switchboard_fixture,
                  "a node that has started again keeps its events when the former goes") {
  begin({"a", "b"});
  auto &a = *nodes[0], &b = *nodes[1];
  tell(a.actor, node_joined{{"b", 2}, {b.actor, b.events.handle, "ws://b"}});
  const auto before = a.events->count<events_elsewhere>();
  tell(a.actor, node_left{{"b", 1}, "it has started again"});
  CHECK(a.events->count<events_elsewhere>() == before);
}

TEST_CASE_FIXTURE(switchboard_fixture, "a node that leaves has no calls any more, and is no member") {
  begin({"a", "b"});
  auto& a = *nodes[0];
  const auto pass = ring(a, "a-1-1", "leg");
  tell(a.actor, end_lease{"a-1-1"});
  ask<calls_left>(a, leave_calls{}, 1s);
  CHECK(table.calls.at("a-1-1").what.ended);
  CHECK_FALSE(holds(pass));
  CHECK_FALSE(*a.member);
}

TEST_CASE_FIXTURE(switchboard_fixture, "what switchboards say to each other survives the wire") {
  const leases::node_id a{"a", 3}, b{"b", 4};
  telnyx::webhook event;
  event.id = "event";
  event.type = telnyx::webhook_type::call_hangup;
  event.client_state = "tandem:conversation:a:a-1-1";
  event.attempt = 2;
  const lease_question question{{a, moment{5s}, 17}};
  const lease_promise promise{{.by = b, .to = a, .asked = moment{5s}}};
  const found_copies copies{{{a, "a-1-1", 2, 7, "value"}, {b, "b-1-1", 1, 1, ""}}};
  const offer_call offer{{.call_id = "a-1-1", .from = a, .term = 2}, 7, "value"};
  const forward_webhook forward{event, true};
  std::vector<char> bytes;
  caf::binary_serializer out(system, bytes);
  REQUIRE_FALSE(out(question, promise, copies, offer, forward, offer_ruling{true, "why"}));
  lease_question read_question;
  lease_promise read_promise;
  found_copies read_copies;
  offer_call read_offer;
  forward_webhook read_forward;
  offer_ruling read_ruling;
  const auto read = [&](std::size_t size) {
    const std::vector<char> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
    caf::binary_deserializer in(system, part);
    return !in(read_question, read_promise, read_copies, read_offer, read_forward, read_ruling);
  };
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) CHECK_FALSE(read(cut));
  CHECK(read(bytes.size()));
  CHECK(caf::deep_to_string(read_question) == caf::deep_to_string(question));
  CHECK(caf::deep_to_string(read_promise) == caf::deep_to_string(promise));
  CHECK(caf::deep_to_string(read_copies) == caf::deep_to_string(copies));
  CHECK(caf::deep_to_string(read_offer) == caf::deep_to_string(offer));
  CHECK(caf::deep_to_string(read_forward) == caf::deep_to_string(forward));
  CHECK(read_question.question.asked == moment{5s});
  CHECK(read_copies.copies.at(0).version == 7);
  CHECK(read_forward.event.type == telnyx::webhook_type::call_hangup);
  CHECK(read_ruling.why == "why");
}

TEST_CASE_FIXTURE(switchboard_fixture,
                  "peers are asked for promises when a renewal is answered, without the store at each beat") {
  auto& a = start("a");
  const auto other = spawn_probe<actor_kind::node, peer_actor>();
  tell(a.actor, node_joined{{"d", 1}, {other.handle, {}, "ws://d"}});
  host.advance(1000ms);
  CHECK(other->count<lease_question>() >= 4);
  CHECK(other->last<lease_question>().question.renewals >= 3);
  a.store.is_away = true;
  host.advance(500ms);
  other->clear();
  host.advance(1000ms);
  CHECK(other->count<lease_question>() == 0);
  beats(4);
  CHECK(other->count<lease_question>() == 4);
}

}  // namespace tandem::test
