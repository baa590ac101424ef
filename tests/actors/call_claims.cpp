#include "tests/actors/shared_call_fixture.hpp"

namespace tandem::test {

namespace {

const command_outcome refused{false, "90015", "no such call"};

}  // namespace

TEST_CASE_FIXTURE(shared_call, "a call is claimed before anything else is done or said of it") {
  desk->hold<claim_ruling>();
  spawn(true);
  REQUIRE(desk->count<claim_call>() == 1);
  CHECK(desk->last<claim_call>().call_id == "n-1-1");
  CHECK(desk->last<claim_call>().carrier_call_id == "v3:a");
  CHECK(carrier->size() == 0);
  CHECK(records->size() == 0);
  desk->release<claim_ruling>();
  host.run();
  CHECK(commands("answer") == 1);
  CHECK(last_record().state == call_state::ringing);
  CHECK(events("call.started") == 1);
}

TEST_CASE_FIXTURE(shared_call, "a call that is another node's is left to it") {
  desk->answer_with(claim_ruling{claim_outcome::anothers, nullptr});
  spawn(true);
  check_left_quietly();
  CHECK(carrier->size() == 0);
  CHECK(records->size() == 0);
}

TEST_CASE_FIXTURE(shared_call, "a caller's leg is hung up after a refused answer only when it is ours") {
  carrier->answer_with(refused);
  std::size_t hangups = 0;
  SUBCASE("ours") { hangups = 1; }
  SUBCASE("perhaps another's") { desk->answer_with(claim_ruling{claim_outcome::unknown, pass}); }
  spawn(true);
  CHECK(last_record().end_reason == end_reason::carrier_failed);
  CHECK(commands("hangup") == hangups);
}

TEST_CASE_FIXTURE(shared_call, "a leg that may be another's is ours once our answer was accepted") {
  desk->answer_with(claim_ruling{claim_outcome::unknown, pass});
  spawn(true);
  REQUIRE(commands("answer") == 1);
  tell(subject, end_call{std::string(end_reason::api_hung_up)});
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(shared_call, "a switchboard that does not answer holds up no call, and is asked again") {
  desk->hold<claim_ruling>();
  spawn(true);
  // Its deadline passes on CAF's clock, whatever time it is on the loop.
  CHECK(soon([&] {
    host.run();
    return commands("answer") == 1;
  }));
  desk->release<claim_ruling>();
  host.advance(1100ms);
  CHECK(desk->count<claim_call>() == 2);
  CHECK(desk->count<keep_value>() == 1);
  CHECK(commands("answer") == 1);
  host.advance(2s);
  CHECK(desk->count<claim_call>() == 2);
}

TEST_CASE_FIXTURE(shared_call, "a call that we place claims its leg once the carrier has named it") {
  place();
  const auto claims = desk->all<claim_call>();
  REQUIRE(claims.size() == 2);
  CHECK(claims[0].carrier_call_id.empty());
  CHECK(claims[1].carrier_call_id == "v3:a");
  CHECK(node->last<identify_call>().carrier_call_id == "v3:a");
}

TEST_CASE_FIXTURE(shared_call, "a caller who is gone before the claim was answered is not answered") {
  desk->hold<claim_ruling>();
  SUBCASE("ours") {
    spawn(true);
    webhook(webhook_type::call_hangup);
    CHECK(records->size() == 0);
    desk->release<claim_ruling>();
    host.advance(50ms);
    CHECK(last_record().end_reason == end_reason::caller_hung_up);
    CHECK(ended_records() == 1);
    CHECK(desk->count<end_lease>() == 1);
  }
  SUBCASE("another's") {
    desk->answer_with(claim_ruling{claim_outcome::anothers, nullptr});
    spawn(true);
    webhook(webhook_type::call_hangup);
    desk->release<claim_ruling>();
    host.advance(50ms);
    check_left_quietly();
  }
  CHECK(commands("answer") == 0);
}

TEST_CASE_FIXTURE(shared_call, "a call that nobody controls is this node's alone") {
  spawn(false);
  const auto own = attach();
  start(*own);
  tell(subject, give_call_away{true}, forsake_call{}, talk_changed{});
  host.advance(1s);
  CHECK(last_record().state == call_state::connected);
  CHECK(desk->size() == 0);
}

TEST_CASE_FIXTURE(shared_call, "a call that has ended in order ends its lease") {
  converse();
  webhook(webhook_type::call_hangup);
  CHECK(ended_records() == 1);
  REQUIRE(desk->count<end_lease>() == 1);
  CHECK(desk->last<end_lease>().call_id == "n-1-1");
}

TEST_CASE_FIXTURE(shared_call, "a supervisor that was killed leaves its lease to whoever ends its leg") {
  converse();
  end(subject, caf::exit_reason::kill);
  subject = call_actor{};
  CHECK(comes_to(actor_kind::call, 0));
  CHECK(desk->count<end_lease>() == 0);
  CHECK(ended_records() == 1);
}

}  // namespace tandem::test
