#include "tests/actors/shared_call_fixture.hpp"

namespace tandem::test {

namespace {

const move_ruling stays{.moved = false, .node = {}, .why = "no room"};
const move_ruling goes{.moved = true, .node = "other", .why = {}};

/// A call of a node that drains.
struct moving_call : shared_call {
  moving_call() { desk->answer_with(goes); }

  std::size_t moves() const { return desk->count<move_call>(); }
};

}  // namespace

TEST_CASE_FIXTURE(moving_call, "a call at which nobody speaks moves at once, and leaves nothing") {
  converse();
  host.advance(2s);
  tell(subject, give_call_away{});
  REQUIRE(moves() == 1);
  CHECK(read(desk->last<move_call>().value).record.id == "n-1-1");
  CHECK_FALSE(read(desk->last<move_call>().value).talk.empty());
  check_left_quietly();
}

TEST_CASE_FIXTURE(moving_call, "a call whose agent speaks moves only when it has to") {
  converse();
  CHECK(wish(call_wish::say, "One moment please.").accepted);
  tell(subject, give_call_away{});
  host.advance(1s);
  CHECK(moves() == 0);
  tell(subject, give_call_away{true});
  CHECK(moves() == 1);
  check_left_quietly();
}

TEST_CASE_FIXTURE(moving_call, "a call that nobody takes goes on, and is offered again a second later") {
  desk->answer_with(stays);
  converse();
  host.advance(2s);
  tell(subject, give_call_away{});
  CHECK(moves() == 1);
  CHECK(wish(call_wish::press_keys, "1").accepted);
  host.advance(900ms);
  CHECK(commands("send_dtmf") == 1);
  CHECK(moves() == 1);
  desk->answer_with(goes);
  host.advance(700ms);
  CHECK(moves() == 2);
  check_left_quietly();
}

TEST_CASE_FIXTURE(moving_call, "what happens while a call is offered waits for the answer") {
  desk->answer_with(stays);
  desk->hold<move_ruling>();
  converse();
  host.advance(2s);
  tell(subject, give_call_away{});
  REQUIRE(moves() == 1);
  const auto ruling = wish(call_wish::press_keys, "1");
  CHECK_FALSE(ruling.accepted);
  CHECK(ruling.why == "the call is going to another node");
  CHECK_FALSE(wish(call_wish::hang_up).accepted);
  SUBCASE("the call's end") {
    tell(subject, end_call{std::string(end_reason::agent_hung_up)});
    host.advance(100ms);
    CHECK(ended_records() == 0);
    desk->release<move_ruling>();
    host.advance(40ms);
    CHECK(last_record().end_reason == end_reason::agent_hung_up);
    CHECK(commands("hangup") == 1);
  }
  SUBCASE("the caller's") {
    webhook(webhook_type::call_hangup);
    CHECK(ended_records() == 0);
    desk->release<move_ruling>();
    host.advance(40ms);
    CHECK(last_record().end_reason == end_reason::caller_hung_up);
    CHECK(desk->count<route_webhook>() == 0);
  }
}

TEST_CASE_FIXTURE(moving_call, "what the carrier says while a call moves goes to its new owner") {
  desk->hold<move_ruling>();
  converse();
  host.advance(2s);
  tell(subject, give_call_away{});
  webhook(webhook_type::call_hangup);
  desk->release<move_ruling>();
  host.run();
  REQUIRE(desk->count<route_webhook>() == 1);
  CHECK(desk->last<route_webhook>().event->type == webhook_type::call_hangup);
  check_left_quietly();
}

TEST_CASE_FIXTURE(moving_call, "a call does not move before its answer is accepted") {
  carrier->hold<command_outcome>();
  spawn(true);
  tell(subject, give_call_away{true});
  host.advance(1s);
  CHECK(moves() == 0);
  carrier->release<command_outcome>();
  host.advance(300ms);
  CHECK(moves() == 1);
  check_left_quietly();
}

TEST_CASE_FIXTURE(moving_call, "a telephone that rings goes to another node only when it has to") {
  place();
  tell(subject, give_call_away{});
  host.advance(1s);
  CHECK(moves() == 0);
  tell(subject, give_call_away{true});
  CHECK(moves() == 1);
  CHECK_FALSE(read(desk->last<move_call>().value).leg.answered);
}

TEST_CASE_FIXTURE(moving_call, "a call that is being transferred moves only when it has to") {
  converse();
  CHECK(wish(call_wish::transfer, "+13125550199").accepted);
  tell(subject, give_call_away{});
  host.advance(1s);
  CHECK(moves() == 0);
  tell(subject, give_call_away{true});
  REQUIRE(moves() == 1);
  CHECK(read(desk->last<move_call>().value).leg.transferring);
}

TEST_CASE_FIXTURE(moving_call, "a call is not given away while its node may not act on it") {
  converse();
  host.advance(2s);
  permit(false);
  tell(subject, give_call_away{true});
  host.advance(1s);
  CHECK(moves() == 0);
  permit(true);
  host.advance(300ms);
  CHECK(moves() == 1);
}

}  // namespace tandem::test
