#include "actors/runtime/pinned.hpp"
#include "tests/actors/carrier_leg_fixture.hpp"

namespace tandem::test {

namespace {

/// A call that talks.
struct holding_call : leg_fixture {
  holding_call() {
    settings.limits.lifeless = 60s;
    settings.turns.hold = 600s;
    settings.turns.silence = 3600s;
    spawn(true);
    talk();
  }

  template <class Wish>
  control_ruling ask_for(Wish wanted) {
    control_ruling ruling;
    using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
    caf::actor_config config{&host, nullptr};
    auto ask = [&](asker* self, const Wish& asked) {
      self->request(subject, 60s, asked).then([&](const control_ruling& got) { ruling = got; });
    };
    system.spawn_functor(std::true_type{}, config, ask, std::move(wanted));
    host.run();
    return ruling;
  }

  /// The caller's frames go on without a word, as long as somebody takes them.
  void pass(std::chrono::seconds wait) {
    for (auto left = wait; left > 0s && last_record().state != call_state::ended; left -= 1s) {
      frame();
      host.advance(1s);
    }
  }

  void frame() {
    const std::string chunk = std::to_string(++frames);
    stream->text(R"({"event":"media","sequence_number":")" + chunk +
                 R"(","media":{"track":"inbound","chunk":")" + chunk + R"(","timestamp":"0","payload":")" +
                 base64_silence() + R"("},"stream_id":"s"})");
  }

  static std::string base64_silence() {
    std::string all;
    for (int i = 0; i < 40; ++i) all += "////";
    return all;
  }

  std::string holds() const {
    std::string all;
    for (const auto& each : records->all<event_added>())
      if (each.event.name == "call.held" || each.event.name == "call.resumed")
        all += each.event.name + each.event.data + " ";
    return all;
  }

  int frames = 0;
};

const std::string held = R"(call.held{"by":"api"} )";
const std::string held_by_caller = R"(call.held{"by":"caller"} )";
const std::string resumed = "call.resumed{} ";

}  // namespace

TEST_CASE_FIXTURE(holding_call, "a call is put on hold and taken off again, and those who watch are told") {
  CHECK(ask_for(hold_call{.sound = "https://example.com/a.mp3"}).accepted);
  CHECK(holds() == held);
  REQUIRE(commands("playback_start") == 1);
  CHECK(last("playback_start").body.find(R"("loop":"infinity")") != std::string::npos);
  const auto again = ask_for(hold_call{});
  CHECK_FALSE(again.accepted);
  CHECK(again.why == "the call is on hold");
  CHECK(ask_for(end_hold{}).accepted);
  CHECK(commands("playback_stop") == 1);
  CHECK(holds() == held + resumed);
  CHECK(ask_for(end_hold{}).why == "the call is not on hold");
}

TEST_CASE_FIXTURE(holding_call, "a held caller who says nothing is not gone, and is when nobody holds them") {
  ask_for(hold_call{});
  pass(300s);
  CHECK(last_record().state == call_state::connected);
  ask_for(end_hold{});
  pass(59s);
  CHECK(last_record().state == call_state::connected);
  pass(2s);
  CHECK(last_record().end_reason == end_reason::caller_silent);
}

TEST_CASE_FIXTURE(holding_call, "a hold that nobody ends is over in time, and the call with it") {
  ask_for(hold_call{.time = 30s});
  pass(31s);
  CHECK(holds() == held + resumed);
  CHECK_FALSE(ask_for(end_hold{}).accepted);
  CHECK(last_record().state == call_state::connected);
  pass(60s);
  CHECK(last_record().end_reason == end_reason::caller_silent);
}

TEST_CASE_FIXTURE(holding_call, "a caller who holds us need not send frames until they are back") {
  event({.type = webhook_type::call_hold});
  CHECK(holds() == held_by_caller);
  host.advance(120s);
  CHECK(last_record().state == call_state::connected);
  event({.type = webhook_type::call_unhold});
  CHECK(holds() == held_by_caller + resumed);
  host.advance(11s);
  CHECK(last_record().end_reason == end_reason::no_media);
}

TEST_CASE_FIXTURE(holding_call, "a line that dies while we hold it is noticed") {
  ask_for(hold_call{});
  frame();
  host.advance(11s);
  CHECK(last_record().end_reason == end_reason::no_media);
}

TEST_CASE_FIXTURE(holding_call, "nobody is put on hold who is with somebody else, or whose call ends") {
  wish(call_wish::transfer, "+13125550177");
  CHECK(ask_for(hold_call{}).why == "the caller is being transferred");
  event({.type = webhook_type::call_hangup, .call_control_id = "v3:far", .hangup_cause = "user_busy"},
        telnyx::leg_role::transfer);
  CHECK(ask_for(hold_call{}).accepted);
  carrier->hold<command_outcome>();
  wish(call_wish::hang_up);
  CHECK(ask_for(end_hold{}).why == "the call is ending");
  CHECK(ask_for(hold_call{}).why == "the call is ending");
  carrier->release<command_outcome>();
  host.run();
}

TEST_CASE_FIXTURE(
    leg_fixture, "a call that has not begun cannot be put on hold, and a hold of its caller waits for none") {
  spawn(true);
  event({.type = webhook_type::call_hold});
  talk();
  CHECK(last_record().state == call_state::connected);
  for (const auto& each : records->all<event_added>()) CHECK(each.event.name != "call.held");
}

}  // namespace tandem::test
