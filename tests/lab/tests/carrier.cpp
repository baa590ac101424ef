#include "tests/lab/tests/carrier_fixture.hpp"

#include <thread>

namespace tandem::lab {

TEST_CASE("an incoming call is ended by its callee when the engine hangs up or turns it away") {
  carrier_fixture one;
  const auto taken = one.caller();
  one.command(taken, "answer");
  CHECK(one.webhook("call.answered").state == "answered");
  one.command(taken, "hangup");
  auto end = one.webhook("call.hangup");
  CHECK(end.hangup_source == "callee");
  CHECK(end.hangup_cause == "normal_clearing");
  one.command(one.caller(), "reject", R"({"cause":"USER_BUSY"})");
  end = one.webhook("call.hangup");
  CHECK(end.hangup_source == "callee");
  CHECK(end.hangup_cause == "user_busy");
  one.command(one.caller(), "reject", R"({"cause":"CALL_REJECTED"})");
  CHECK(one.webhook("call.hangup").hangup_cause == "call_rejected");
}

TEST_CASE("an incoming call is ended by its caller when the person hangs up") {
  carrier_fixture one;
  one.command(one.caller(), "answer");
  one.somebody.leaves = true;
  CHECK(one.webhook("call.hangup").hangup_source == "caller");
}

TEST_CASE("a call that the engine placed is ended by its caller when the engine hangs up") {
  carrier_fixture one;
  const auto call = one.dialled("+13125550142");
  one.webhook("call.answered");
  one.command(call, "hangup");
  CHECK(one.webhook("call.hangup").hangup_source == "caller");
  one.dialled("+13125550101");
  CHECK(one.webhook("call.hangup").hangup_source == "callee");
}

TEST_CASE("a machine is detected, and how its greeting ends is told as far as that was asked for") {
  carrier_fixture one;
  one.dialled("+13125550103", "premium");
  CHECK(one.webhook("call.machine.premium.detection.ended").result == "machine");
  CHECK(one.webhook("call.machine.premium.greeting.ended").result == "beep_detected");
  one.dialled("+13125550103", "detect_beep");
  CHECK(one.webhook("call.machine.detection.ended").result == "machine");
  CHECK(one.webhook("call.machine.greeting.ended").result == "beep_detected");
  one.dialled("+13125550103", "greeting_end");
  CHECK(one.webhook("call.machine.greeting.ended").result == "ended");
}

TEST_CASE("the events of a stream tell its address, and not who talks") {
  carrier_fixture one;
  one.command(one.caller(), "answer", R"({"stream_url":"ws://127.0.0.1:1/x"})");
  CHECK(one.webhook("call.answered").from == "+13125550100");
  const auto started = one.webhook("streaming.started");
  CHECK(started.stream_url == "ws://127.0.0.1:1/x");
  CHECK(started.from.empty());
  CHECK(started.to.empty());
}

TEST_CASE("a webhook is undelivered until it is taken") {
  carrier_fixture one;
  one.loops.run([&] { one.holds = true; });
  one.caller();
  CHECK(one.undelivered() == 1);
  one.loops.run([&] { one.held.front()({}); });
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (one.undelivered() != 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  CHECK(one.undelivered() == 0);
}

TEST_CASE("lists have durations and times") {
  carrier_fixture one;
  const auto call = one.caller();
  one.command(call, "answer");
  CHECK(one.ask("GET", "/connections/app/active_calls").body.find(R"("call_duration":0)") !=
        std::string::npos);
  const auto events = one.ask("GET", "/call_events?filter%5Bleg_id%5D=" + call).body;
  CHECK_MESSAGE(events.find(R"("event_timestamp":"20)") != std::string::npos, events);
  CHECK_MESSAGE(events.find(R"("event_timestamp":"")") == std::string::npos, events);
}

}  // namespace tandem::lab
