#include "tests/actors/fake_http.hpp"
#include "tests/actors/shared_call_fixture.hpp"

namespace tandem::test {

namespace {

/// Outlives the actors that hold its exchanges.
struct with_http {
  fake_http http;
};

/// A call whose agent is the operator's server, which is the test.
struct shared_agent_call : with_http, shared_call {
  shared_agent_call() {
    shared.http = &http;
    settings.agent = {.kind = "webhook", .url = "https://example.com/agent"};
    settings.turns.greeting = "Good day.";
  }
};

}  // namespace

TEST_CASE_FIXTURE(shared_call, "a call is not answered before its node may act") {
  permit(false);
  spawn(true);
  host.advance(1s);
  CHECK(commands("answer") == 0);
  permit(true);
  host.advance(20ms);
  CHECK(commands("answer") == 1);
}

TEST_CASE_FIXTURE(shared_call, "what is done to the leg waits until the node may act again") {
  converse();
  permit(false);
  CHECK(wish(call_wish::press_keys, "1").accepted);
  CHECK(wish(call_wish::play, "https://example.com/a.mp3").accepted);
  host.advance(500ms);
  CHECK(commands("send_dtmf") == 0);
  permit(true);
  host.advance(20ms);
  CHECK(commands("send_dtmf") == 1);
  CHECK(carrier->last<carrier_command>().action == "playback_start");
}

TEST_CASE_FIXTURE(shared_call, "a call ends only while its node may act: else it may be another's") {
  converse();
  permit(false);
  tell(subject, end_call{std::string(end_reason::agent_hung_up)});
  tell(subject, end_call{std::string(end_reason::caller_silent)});
  host.advance(1s);
  CHECK(ended_records() == 0);
  CHECK(commands("hangup") == 0);
  SUBCASE("it was not") {
    permit(true);
    host.advance(40ms);
    CHECK(last_record().end_reason == end_reason::agent_hung_up);
    CHECK(commands("hangup") == 1);
    CHECK(ended_records() == 1);
  }
  SUBCASE("it was") {
    tell(subject, forsake_call{});
    permit(true);
    host.advance(1s);
    check_left_quietly();
    CHECK(measure.calls_total("incoming", end_reason::agent_hung_up).Value() == 0);
  }
}

TEST_CASE_FIXTURE(shared_call, "a node that is shut down while it may not act leaves its calls alone") {
  converse();
  permit(false);
  end(subject);
  host.advance(4s);
  CHECK(live(actor_kind::call) == 1);
  host.advance(2s);
  check_left_quietly();
}

TEST_CASE_FIXTURE(shared_call, "a call that is forsaken while it is hung up is not written down as ended") {
  converse();
  carrier->hold<command_outcome>();
  tell(subject, end_call{std::string(end_reason::agent_hung_up)});
  REQUIRE(commands("hangup") == 1);
  tell(subject, forsake_call{});
  carrier->release<command_outcome>();
  host.run();
  CHECK(ended_records() == 0);
  CHECK(events("call.ended") == 0);
  CHECK(desk->count<end_lease>() == 0);
  CHECK(active() == 0);
}

TEST_CASE_FIXTURE(shared_agent_call, "the agent's server hears nothing of a call that goes on elsewhere") {
  converse();
  http.requests.clear();
  tell(subject, forsake_call{});
  check_left_quietly();
  CHECK(http.requests.empty());
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(shared_call, "a forsaken call lets go of its stream and its providers") {
  converse();
  tell(subject, forsake_call{});
  host.run();
  CHECK(stream->dropped);
  for (const auto& each : connector.peers) CHECK(each->dropped);
  check_left_quietly();
}

}  // namespace tandem::test
