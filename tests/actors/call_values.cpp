#include "tests/actors/shared_call_fixture.hpp"

namespace tandem::test {

TEST_CASE_FIXTURE(shared_call, "a caller who rings is known to the next owner before the answer") {
  carrier->hold<command_outcome>();
  spawn(true);
  const auto value = kept();
  CHECK(value.record.id == "n-1-1");
  CHECK(value.record.carrier_call_id == "v3:a");
  CHECK(value.record.state == call_state::ringing);
  CHECK(value.leg.controlled);
  CHECK_FALSE(value.leg.answered);
  CHECK(value.talk.empty());
  CHECK(desk->last<keep_value>().settled);
  carrier->release<command_outcome>();
}

TEST_CASE_FIXTURE(shared_call, "a call that we place has no value before the carrier has named its leg") {
  be_slow();
  place();
  CHECK(desk->count<keep_value>() == 0);
  answer_dial(dialled());
  CHECK(kept().record.carrier_call_id == "v3:a");
  CHECK(kept().record.direction == call_direction::outgoing);
}

TEST_CASE_FIXTURE(shared_call, "a call's value says what the next owner needs") {
  converse();
  host.advance(600ms);
  tell(subject, talk_changed{});
  const auto value = kept();
  CHECK(value.record.state == call_state::connected);
  CHECK(value.leg.answered);
  CHECK(value.leg.stream_id == "s");
  CHECK(value.counts.events == records->count<event_added>());
  REQUIRE_FALSE(value.agent.empty());
  CHECK(value.agent.front().key == "kind");
  CHECK(value.agent.front().text == "echo");
  CHECK_FALSE(value.talk.empty());
}

TEST_CASE_FIXTURE(shared_call, "what is in flux is kept twice a second at most, and never lost") {
  converse();
  host.advance(2s);
  desk->clear();
  for (int i = 0; i < 10; ++i) tell(subject, talk_changed{});
  CHECK(desk->count<keep_value>() == 1);
  CHECK_FALSE(desk->last<keep_value>().settled);
  host.advance(499ms);
  CHECK(desk->count<keep_value>() == 1);
  host.advance(2ms);
  CHECK(desk->count<keep_value>() == 2);
}

TEST_CASE_FIXTURE(shared_call, "what is settled is kept at once") {
  converse();
  host.advance(2s);
  tell(subject, talk_changed{});
  desk->clear();
  SUBCASE("a note") {
    tell(subject, call_noted{"table", "7"});
    REQUIRE(desk->count<keep_value>() == 1);
    CHECK(kept().record.metadata.back().second == "7");
  }
  SUBCASE("a turn") {
    tell(subject, turn_finished{});
    REQUIRE(desk->count<keep_value>() == 1);
    CHECK(kept().counts.turns == 1);
  }
  SUBCASE("a hold") {
    tell(subject, hold_changed{.on_hold = true, .time = 60s});
    CHECK(desk->count<keep_value>() == 1);
  }
  SUBCASE("another agent") {
    tell(subject, change_agent{{{"fallback_reply", "Pardon?"}}});
    REQUIRE(desk->count<keep_value>() == 1);
    bool found = false;
    for (const auto& each : kept().agent) found |= each.key == "fallback_reply" && each.text == "Pardon?";
    CHECK(found);
  }
  SUBCASE("a transfer") {
    CHECK(wish(call_wish::transfer, "+13125550199").accepted);
    REQUIRE(desk->count<keep_value>() == 1);
    CHECK(kept().leg.transferring);
  }
  CHECK(desk->last<keep_value>().settled);
}

TEST_CASE_FIXTURE(shared_call, "a call that ends has no value any more") {
  converse();
  webhook(webhook_type::call_hangup);
  CHECK(ended_records() == 1);
  desk->clear();
  tell(subject, talk_changed{});
  host.advance(2s);
  CHECK(desk->count<keep_value>() == 0);
}

}  // namespace tandem::test
