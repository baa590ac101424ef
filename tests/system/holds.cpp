#include "tests/system/control_fixture.hpp"
#include "tests/system/event_reader.hpp"

namespace tandem::test {

namespace {

/// A caller who says the same every three seconds until told to leave.
class talkative_caller final : public lab::person {
 public:
  void speak(moment, lab::frame& out) override {
    constexpr std::size_t frames_between = 150;
    const auto& all = known_speech(telnyx::codec::pcmu);
    out.fill(g711::ulaw_silence);
    const auto at = frames_++ % frames_between * out.size();
    if (at < all.size()) {
      std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), std::min(out.size(), all.size() - at),
                  out.begin());
    } else if (at < all.size() + out.size()) {
      ++said;
    }
  }
  void hear(moment, const lab::frame&, bool) override {}
  bool hangs_up(moment) override { return leaving; }

  std::atomic<std::size_t> said = 0;
  std::atomic<bool> leaving = false;

 private:
  std::size_t frames_ = 0;
};

/// A call of somebody who talks all the time, watched.
struct held_call {
  held_call() : events(it.running.engine->admin_port(), "/v1/events") {
    REQUIRE(becomes([&] { return events.begun(); }));
    over = it.running.place(caller);
    REQUIRE(becomes([&] { return events.count("transcript.final") > 0; }));
    path = "/v1/calls/" + it.running.view->newest_call().id;
  }

  /// Until the caller has said everything so many times more.
  void let_them_talk(std::size_t times) {
    const auto before = caller.said.load();
    REQUIRE(becomes([&] { return caller.said >= before + times; }));
  }

  std::uint64_t heard_bytes() {
    std::lock_guard guard(it.running.heard.mutex);
    return it.running.heard.bytes;
  }

  std::string data_of_last(std::string_view name) {
    std::string data;
    for (const auto& each : events.events())
      if (each.name == name) data = each.data;
    return data;
  }

  void leave() {
    caller.leaving = true;
    REQUIRE(over.wait_for(patience) == std::future_status::ready);
    CHECK(over.get().ended_by == "caller");
    CHECK(it.running.left().empty());
  }

  controlled_engine it;
  event_reader events;
  talkative_caller caller;
  std::future<lab::call_outcome> over;
  std::string path;
};

}  // namespace

TEST_CASE(
    "a caller on hold hears what they are told, and what they say goes nowhere until the call goes on") {
  held_call call;
  auto& it = call.it;
  const auto held = it.api("POST", call.path + "/hold",
                           R"({"text":"One moment, please.","play":"https://example.com/a.mp3"})");
  CHECK(held.status == 202);
  REQUIRE(becomes([&] { return call.events.count("call.held") == 1; }));
  CHECK(call.data_of_last("call.held").find(R"("by":"api")") != std::string::npos);
  REQUIRE(becomes([&] { return it.placed->count("playback_start") == 1; }));
  CHECK(it.api("GET", call.path + "/transcript").body.find("One moment, please.") != std::string::npos);

  call.let_them_talk(1);
  const auto finals = call.events.count("transcript.final");
  const auto bytes = call.heard_bytes();
  call.let_them_talk(2);
  CHECK(call.events.count("transcript.final") == finals);
  CHECK(call.heard_bytes() - bytes < 8000);

  CHECK(it.api("POST", call.path + "/say", R"({"text":"Still looking."})").status == 202);
  REQUIRE(becomes([&] {
    return it.api("GET", call.path + "/transcript").body.find("Still looking.") != std::string::npos;
  }));
  CHECK(call.events.count("call.resumed") == 0);
  CHECK(it.api("POST", call.path + "/hold", "{}").status == 409);

  CHECK(it.api("POST", call.path + "/resume", "{}").status == 202);
  REQUIRE(becomes([&] { return call.events.count("call.resumed") == 1; }));
  CHECK(becomes([&] { return it.placed->count("playback_stop") >= 1; }));
  CHECK(becomes([&] { return call.events.count("transcript.final") > finals; }));
  CHECK(it.api("POST", call.path + "/resume", "{}").status == 409);
  call.leave();
}

TEST_CASE("a caller who puts the call on hold is left alone until they are back") {
  held_call call;
  auto& running = call.it.running;
  running.loops.run([&] { running.telnyx.hold_all(true); });
  REQUIRE(becomes([&] { return call.events.count("call.held") == 1; }));
  CHECK(call.data_of_last("call.held").find(R"("by":"caller")") != std::string::npos);
  call.let_them_talk(1);
  const auto replies = call.events.count("agent.reply");
  call.let_them_talk(2);
  CHECK(call.events.count("agent.reply") == replies);
  running.loops.run([&] { running.telnyx.hold_all(false); });
  REQUIRE(becomes([&] { return call.events.count("call.resumed") == 1; }));
  CHECK(becomes([&] { return call.events.count("agent.reply") > replies; }));
  call.leave();
}

TEST_CASE("an order to hold that makes no sense is refused with what is allowed") {
  held_call call;
  const auto refused = [&](const std::string& body, std::string_view why) {
    const auto answer = call.it.api("POST", call.path + "/hold", body);
    CHECK(answer.status == 400);
    CHECK_MESSAGE(answer.body.find(why) != std::string::npos, answer.body);
  };
  refused(R"({"seconds":0})", "seconds is a number from 1 to 3600");
  refused(R"({"seconds":"long"})", "seconds is a number from 1 to 3600");
  refused(R"({"play":"file:///etc/passwd"})", "play is an http or https URL");
  refused(R"({"music":"https://example.com"})", "music");
  CHECK(call.it.api("POST", "/v1/calls/nobody/hold", "{}").status == 404);
  CHECK(call.events.count("call.held") == 0);
  call.leave();
}

}  // namespace tandem::test
