#include "gateway/network/network_client.hpp"
#include "tests/system/staying_caller.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr double buffer_bytes = 131'072;

/// For so long nobody reads.
std::chrono::seconds deafness() { return std::chrono::seconds(wanted("TANDEM_TEST_SECONDS", 6)); }

/// A carrier that sends the caller's frames and reads nothing of what the agent says.
struct deaf_carrier final : link_events {
  deaf_carrier(running_engine& of, std::string call_id) : running(of), id(std::move(call_id)) {
    running.loops.run([&] {
      line =
          network->connect(running.loops.first(), {.to = peer::telnyx,
                                                   .url = "ws://127.0.0.1:" + std::to_string(running.port()) +
                                                          "/telnyx/media/fixed-token-of-the-test"});
      line->start(*this);
    });
  }
  ~deaf_carrier() {
    running.loops.run([&] {
      tick.cancel();
      line.reset();
    });
  }

  void on_open() override {
    line->send(R"({"event":"start","stream_id":"s","start":{"call_control_id":")" + id +
               R"(","media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}}})");
    line->pause_reading(true);
    next = running.loops.first().now();
    send_frame();
  }
  void on_text(std::span<char>) override {}
  void on_closed(const link_closed&) override {
    tick.cancel();
    gone = true;
  }

  void send_frame() {
    line->send(frame);
    next += 20ms;
    tick = running.loops.first().at(next, [this] { send_frame(); });
  }

  running_engine& running;
  std::string id;
  std::string frame =
      R"({"event":"media","media":{"track":"inbound","payload":")" + std::string(212, '/') + R"(/w=="}})";
  std::unique_ptr<link_connector> network = make_link_connector();
  std::unique_ptr<link> line;
  moment next;
  timer tick;
  std::atomic<bool> gone = false;
};

/// Something to say for longer than the test lasts.
std::string long_tale() {
  std::string tale;
  for (auto left = 2 * deafness() / 1s + 10; left > 0; --left) tale += "And then there was another day. ";
  return tale;
}

/// The most that the engine's buffers held meanwhile.
double most_held(running_engine& running, const std::function<bool()>& holds) {
  double most = 0;
  const auto until = std::chrono::steady_clock::now() + deafness();
  while (std::chrono::steady_clock::now() < until) {
    most =
        std::max(most, lab::metric(running.view->get("/metrics").value_or(""), "tandem_call_buffer_bytes"));
    CHECK(holds());
    std::promise<void>().get_future().wait_for(50ms);
  }
  return most;
}

running_engine::options talkative() {
  return {.flags = {"--limits.buffer_bytes=" + std::to_string(static_cast<int>(buffer_bytes)),
                    "--limits.silence_seconds=3600", "--agent.greeting=" + long_tale()}};
}

}  // namespace

TEST_CASE("a carrier that does not read costs its call's buffers at most") {
  running_engine running(talkative());
  auto line = std::make_unique<deaf_carrier>(running, "v3:deaf");
  REQUIRE(becomes([&] { return connected(running); }));
  const auto most = most_held(running, [&] { return !line->gone; });
  MESSAGE("the buffers held " << most << " bytes at most");
  CHECK(most > 0);
  CHECK(most <= buffer_bytes);
  CHECK(running.view->post("/v1/calls/" + running.view->newest_call().id + "/hangup") == 202);
  CHECK(running.left().empty());
}

TEST_CASE("a Scribe that does not read costs its call's buffers at most") {
  running_engine running(talkative());
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto seconds = std::to_string(deafness() / 1s);
  running.speech.inject(lab::parse_fault("scribe.stall@0+" + seconds).value());
  const auto most = most_held(running, [&] { return active(running) == 1; });
  MESSAGE("the buffers held " << most << " bytes at most");
  CHECK(most > 0);
  CHECK(most <= buffer_bytes);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(running.left().empty());
}

TEST_CASE("a synthesiser that does not read costs its call's buffers at most, and the call not for ever") {
  running_engine running(talkative());
  staying_caller caller;
  running.speech.inject(lab::parse_fault("speech.stall@0+600").value());
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto most = most_held(running, [] { return true; });
  MESSAGE("the buffers held " << most << " bytes at most");
  CHECK(most <= buffer_bytes);
  // It has no other voice to say goodbye with.
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.view->newest_call().end_reason == "provider_failed");
  CHECK(running.left().empty());
}

}  // namespace tandem::test
