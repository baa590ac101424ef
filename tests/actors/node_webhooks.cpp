#include "tests/actors/node_fixture.hpp"

#include <algorithm>
#include <array>

namespace tandem::test {

using enum telnyx::webhook_type;

TEST_CASE_FIXTURE(node_fixture,
                  "a call moves forward alone in whatever order its webhooks come, each twice") {
  // In rising order, as permutations want it.
  std::array events{call_initiated, call_answered,     call_bridged,
                    call_hangup,    streaming_started, streaming_failed};
  std::size_t seen = 0;
  std::size_t orders = 0;
  std::size_t taken = 0;
  do {
    const auto call = "v3:" + std::to_string(++orders);
    const auto deliver = [&](telnyx::webhook_type what) {
      webhook(what, call, call + "-" + std::string(telnyx::to_string(what)));
    };
    const auto place = [&](telnyx::webhook_type what) {
      return std::find(events.begin(), events.end(), what);
    };
    // Each once more behind its successor, and the first ones once more when all is over.
    for (std::size_t i = 0; i < events.size(); ++i) {
      deliver(events[i]);
      if (i != 0) deliver(events[i - 1]);
    }
    for (const auto what : {call_initiated, call_answered, call_hangup}) deliver(what);
    // No faster than the rate allows.
    advance(50ms);
    CAPTURE(orders);
    const auto all = records->all<call_changed>();
    std::vector<call_record> states;
    for (; seen < all.size(); ++seen) states.push_back(all[seen].call);
    if (place(call_hangup) < place(call_initiated)) {
      CHECK(states.empty());
      continue;
    }
    ++taken;
    const bool was_answered =
        place(call_initiated) < place(call_answered) && place(call_answered) < place(call_hangup);
    REQUIRE(states.size() == (was_answered ? 3 : 2));
    CHECK(states.front().state == call_state::ringing);
    if (was_answered) CHECK(states[1].state == call_state::connected);
    CHECK(states.back().state == call_state::ended);
    CHECK(states.back().end_reason == end_reason::caller_hung_up);
    for (const auto& each : states) CHECK(each.carrier_call_id == call);
  } while (std::next_permutation(events.begin(), events.end()));
  CHECK(orders == 720);
  CHECK(taken == 360);
  CHECK(calls() == 0);
  CHECK(door->calls() == 0);
  CHECK(commands("answer") == taken);
  CHECK(commands("hangup") == 0);
}

namespace {

/// Calls that wait for their streams longer than the test.
struct patient_fixture : node_fixture {
  patient_fixture()
      : node_fixture({.max_calls = 3}, {.stream_wait = 600s, .media_wait = 600s, .lifeless = 600s}) {}
};

}  // namespace

TEST_CASE_FIXTURE(patient_fixture, "an event that is delivered again does nothing again") {
  for (const std::string call : {"a", "b"}) {
    announce(call);
    webhook(call_answered, call, "answered-" + call);
  }
  // Both are without a stream, each time while they wait for the next one; the same word each time for one.
  const auto lose_streams = [&](unsigned time) {
    webhook(streaming_failed, "a", "failed-a");
    webhook(streaming_failed, "b", "failed-b" + std::to_string(time));
  };
  // A leg may lose six streams; the seventh is its end.
  for (unsigned time = 1; time <= 6; ++time) {
    lose_streams(time);
    advance(9s);
  }
  CHECK(calls() == 2);
  CHECK(commands("hangup") == 0);
  lose_streams(7);
  CHECK(calls() == 1);
  CHECK(commands("hangup") == 1);
  const auto last = records->last<call_changed>().call;
  CHECK(last.carrier_call_id == "b");
  CHECK(last.end_reason == end_reason::no_media);
}

}  // namespace tandem::test
