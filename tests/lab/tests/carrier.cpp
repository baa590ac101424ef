#include "tests/lab/carrier.hpp"

#include "protocols/telnyx/call_control.hpp"
#include "tests/lab/lab_loop.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// Says nothing, and stays until told to leave.
struct silent_person final : person {
  void speak(moment, frame& out) override { out.fill(0xFF); }
  void hear(moment, const frame&, bool) override {}
  bool hangs_up(moment) override { return leaves; }

  std::atomic<bool> leaves = false;
};

/// A carrier, with the server that takes its webhooks.
struct carrier_fixture {
  carrier_fixture() {
    server.start();
    subject.start();
  }

  carrier_options options() const {
    carrier_options out;
    out.webhook_url = "http://127.0.0.1:" + std::to_string(server.port()) + "/";
    out.connection_id = "app";
    out.ring = 1ms;
    out.machine_greeting = 1ms;
    return out;
  }

  void take(const server_request& request, const respond& answer) {
    {
      std::lock_guard guard(mutex);
      webhooks.push_back(telnyx::read_webhook(request.body).value());
    }
    arrived.notify_all();
    if (holds) return held.push_back(answer);
    answer({});
  }

  std::size_t undelivered() {
    std::size_t count = 0;
    loops.run([&] { count = subject.undelivered(); });
    return count;
  }

  /// The next webhook of this type.
  telnyx::webhook webhook(std::string_view event_type) {
    std::unique_lock lock(mutex);
    auto found = webhooks.end();
    arrived.wait_for(lock, 20s, [&] {
      found = std::ranges::find(webhooks, event_type, &telnyx::webhook::event_type);
      return found != webhooks.end();
    });
    REQUIRE_MESSAGE(found != webhooks.end(), event_type);
    auto one = std::move(*found);
    webhooks.erase(found);
    return one;
  }

  http_answer ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    std::promise<http_answer> answered;
    std::unique_ptr<http_exchange> exchange;
    loops.run([&] {
      exchange = client->send(loops.first(),
                              {.to = peer::admin,
                               .method = method,
                               .url = "http://127.0.0.1:" + std::to_string(subject.port()) + "/v2" + path,
                               .body = body},
                              [&](http_answer got) { answered.set_value(std::move(got)); });
    });
    auto got = answered.get_future().get();
    loops.run([&] { exchange.reset(); });
    return got;
  }

  void command(const std::string& id, const std::string& action, const std::string& body = "{}") {
    const auto answer = ask("POST", telnyx::command_path(id, action), body);
    CHECK_MESSAGE(answer.status == 200, answer.body);
  }

  /// A caller who rings; the call's id.
  std::string caller() {
    loops.run([&] { subject.place("+13125550100", "+13125550142", telnyx::codec::pcmu, somebody, {}); });
    return webhook("call.initiated").call_control_id;
  }

  /// A call that the engine places; its id.
  std::string dialled(const std::string& to, const std::string& detection = "disabled") {
    const auto answer = ask("POST", "/calls",
                            R"({"connection_id":"app","from":"+13125550100","to":")" + to +
                                R"(","answering_machine_detection":")" + detection + "\"}");
    CHECK_MESSAGE(answer.status == 200, answer.body);
    return webhook("call.initiated").call_control_id;
  }

  lab_loops loops;
  silent_person somebody;
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<telnyx::webhook> webhooks;
  /// Whether webhooks wait for their answer; on the loop, as those that wait.
  bool holds = false;
  std::vector<respond> held;
  std::unique_ptr<http_client> client = make_http_client();
  http_server server{
      loops.all(),
      {},
      {.on_request = [this](const server_request& request, const respond& answer) { take(request, answer); },
       .on_upgrade = [](std::unique_ptr<upgrade> door) { door->refuse({.status = 404}); }}};
  carrier subject{loops.first(), options()};
};

}  // namespace

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
