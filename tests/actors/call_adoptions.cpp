#include "protocols/telnyx/call_control.hpp"
#include "tests/actors/shared_call_fixture.hpp"

#include <chrono>

namespace tandem::test {

namespace {

/// A call that another node had for a minute.
struct adopted_call : shared_call {
  adopted_call() {
    auto& record = former.record;
    record.id = "n-1-1";
    record.node = "other";
    record.carrier_call_id = "v3:a";
    record.from = "+13125550100";
    record.to = "+13125550142";
    record.state = call_state::connected;
    record.started_at = wall() - 60s;
    record.answered_at = wall() - 50s;
    record.agent = "echo";
    record.metadata = {{"table", "7"}};
    record.usage.stt_seconds = 12.5;
    former.leg = {.controlled = true, .answered = true, .stream_id = "old", .owner = 1};
    former.counts = {.turns = 3, .events = 9, .reconnects = 1};
    former.written_at = wall();
  }

  wall_time wall() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(host.wall_clock());
  }

  void adopt_it() { adopt(std::make_shared<const call_value>(former)); }

  /// The caller rings, and nobody has answered as far as the former owner knew.
  void let_ring() {
    former.record.state = call_state::ringing;
    former.record.answered_at = {};
    former.leg.answered = false;
    former.leg.stream_id.clear();
  }

  /// What the carrier says when it is asked how the leg is.
  void leg_is(bool alive, bool unclaimed) {
    carrier->answer_with(command_outcome{.accepted = true, .is_alive = alive, .is_unclaimed = unclaimed});
  }

  call_value former;
};

}  // namespace

TEST_CASE_FIXTURE(adopted_call, "a call that is adopted is streamed to its new owner, whose call it is") {
  adopt_it();
  CHECK(commands("streaming_start") == 1);
  CHECK(carrier->all<carrier_command>().size() == 1);
  CHECK(desk->count<claim_call>() == 0);
  CHECK(active() == 1);
  const auto record = last_record();
  CHECK(record.node == "test-node");
  CHECK(record.state == call_state::connected);
  CHECK(record.started_at == former.record.started_at);
  CHECK(record.metadata == former.record.metadata);
  talk();
  CHECK(last_record().answered_at == former.record.answered_at);
  CHECK(events("call.started") + events("call.answered") == 0);
}

TEST_CASE_FIXTURE(adopted_call, "the next owner of an adopted call would have what this one has") {
  const auto writes = [this] {
    auto value = kept();
    CHECK(value.leg.owner == 2);
    CHECK(value.record.usage.stt_seconds == doctest::Approx(12.5));
    CHECK(value.counts.turns == 3);
    CHECK(value.own_settings == std::vector<std::string>{"greeting"});
    return value;
  };
  former.own_settings = {"greeting"};
  adopt_it();
  REQUIRE(desk->count<keep_value>() == 1);
  CHECK(writes().leg.stream_id == "old");
  talk();
  CHECK(writes().leg.stream_id == "s");
}

TEST_CASE_FIXTURE(adopted_call, "the end of an adopted call is written once, in the books that it had") {
  adopt_it();
  talk();
  webhook(webhook_type::call_hangup);
  CHECK(ended_records() == 1);
  CHECK(last_record().started_at == former.record.started_at);
  CHECK(records->last<event_added>().event.n > former.counts.events);
  CHECK(desk->count<end_lease>() == 1);
  CHECK(active() == 0);
}

TEST_CASE_FIXTURE(adopted_call, "the time limit of a call counts from its beginning, whoever had it") {
  settings.limits.max_call = 70s;
  adopt_it();
  host.advance(9s);
  CHECK(ended_records() == 0);
  host.advance(2s);
  CHECK(last_record().end_reason == end_reason::max_duration);
}

TEST_CASE_FIXTURE(adopted_call, "a call whose leg is gone by now ends as hung up") {
  carrier->answer_with(command_outcome{false, "90018", "Call has already ended"});
  adopt_it();
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(adopted_call, "an adopted call asks the carrier for nothing before its node may act") {
  permit(false);
  adopt_it();
  host.advance(1s);
  CHECK(carrier->size() == 0);
  permit(true);
  host.advance(20ms);
  CHECK(commands("streaming_start") == 1);
}

TEST_CASE_FIXTURE(adopted_call, "a dialogue goes on with the new owner: a caller on hold stays on hold") {
  converse();
  host.advance(1s);
  tell(subject, hold_call{.by = turns::holder::api, .time = 60s});
  host.advance(1s);
  tell(subject, talk_changed{});
  host.advance(1s);
  former = kept();
  tell(subject, forsake_call{});
  subject = call_actor{};
  REQUIRE(events("call.held") == 1);
  adopt_it();
  CHECK(events("call.held") == 1);
  talk();
  CHECK(events("call.held") == 2);
  CHECK(records->last<event_added>().event.n > former.counts.events);
}

TEST_CASE_FIXTURE(adopted_call, "a call that is being transferred is waited for, under this node's label") {
  former.leg.transferring = true;
  adopt_it();
  CHECK(commands("streaming_start") == 0);
  REQUIRE(commands("client_state_update") == 1);
  host.advance(settings.limits.stream_wait + 1s);
  CHECK(commands("streaming_start") == 0);
  event({.type = webhook_type::call_bridged}, telnyx::leg_role::transfer);
  CHECK(last_record().end_reason == end_reason::transferred);
}

TEST_CASE_FIXTURE(adopted_call, "whoever rang when the former owner was lost is answered, if nobody has") {
  SUBCASE("it left the call") {
    let_ring();
    SUBCASE("not answered") {
      leg_is(true, true);
      adopt_it();
      CHECK(commands("answer") == 1);
    }
    SUBCASE("answered") {
      leg_is(true, false);
      adopt_it();
      CHECK(commands("answer") == 0);
      CHECK(commands("streaming_start") == 1);
    }
  }
  SUBCASE("it left nothing") {
    SUBCASE("not answered") {
      leg_is(true, true);
      adopt(nullptr);
      CHECK(commands("answer") == 1);
    }
    SUBCASE("answered") {
      leg_is(true, false);
      adopt(nullptr);
      CHECK(commands("answer") == 0);
      CHECK(commands("streaming_start") == 1);
    }
  }
  CHECK(commands("status") == 1);
  talk();
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(adopted_call, "a caller who is gone when nothing else is known ends the call") {
  leg_is(false, false);
  adopt(nullptr);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(commands("hangup") == 0);
  CHECK(desk->count<end_lease>() == 1);
}

TEST_CASE_FIXTURE(adopted_call, "a carrier that cannot be asked is asked again") {
  carrier->answer_with(command_outcome{});
  adopt(nullptr);
  host.advance(1s);
  CHECK(commands("status") == 2);
  leg_is(true, true);
  host.advance(1s);
  CHECK(commands("answer") == 1);
}

TEST_CASE_FIXTURE(adopted_call, "a telephone that rang goes on ringing with the new owner") {
  let_ring();
  former.record.direction = call_direction::outgoing;
  carrier->answer_with(command_outcome{false, std::string(telnyx::call_not_answered), "not answered yet"});
  adopt_it();
  CHECK(commands("streaming_start") == 1);
  CHECK(last_record().state == call_state::ringing);
  carrier->answer_with(command_outcome{.accepted = true});
  host.advance(20s);
  CHECK(ended_records() == 0);
  event({.type = webhook_type::call_answered});
  CHECK(commands("streaming_start") == 2);
  CHECK(last_record().state == call_state::connected);
}

}  // namespace tandem::test
