#include "tests/system/control_fixture.hpp"

#include <string_view>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using lab::second_stream;

constexpr std::string_view long_words =
    "We have soup, salad, bread, fish, rice, beans, cheese, apples, pears, plums, coffee and tea.";

/// A caller who is silent until asked to speak, keeps what is heard, and notes the longest hole in the line.
class restreamed_caller final : public lab::person {
 public:
  void speak(moment now, lab::frame& out) override {
    if (last_ != moment{}) hole = std::max(hole.load(), std::chrono::nanoseconds(now - last_));
    last_ = now;
    out.fill(g711::ulaw_silence);
    if (!speaking) return;
    const auto& speech = known_speech(telnyx::codec::pcmu);
    const auto count = std::min(out.size(), speech.size() - said_);
    std::copy_n(speech.begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
    said_ += count;
  }
  void hear(moment, const lab::frame&, bool is_audio) override { heard_frames += is_audio; }
  bool hangs_up(moment) override { return leaving; }

  std::atomic<bool> speaking = false;
  std::atomic<bool> leaving = false;
  std::atomic<std::uint64_t> heard_frames = 0;
  std::atomic<std::chrono::nanoseconds> hole{0ns};

 private:
  moment last_;
  std::size_t said_ = 0;
};

/// A call at a carrier that takes 50 to 300 ms for each command, and does this with a second stream.
struct restreamed_call {
  explicit restreamed_call(second_stream way)
      : it([way](lab::carrier_options& line) {
          line.rest_delay = {50ms, 300ms};
          line.second_stream = way;
        }) {
    over = it.running.place(caller);
    REQUIRE(becomes([&] { return connected(it.running); }));
    id = it.running.view->newest_call().id;
  }

  template <class Action>
  void on_line(Action action) {
    it.running.loops.run([&] { action(it.running.telnyx); });
  }

  double restreams() {
    return lab::metric(it.running.view->get("/metrics").value_or(""),
                       R"(tandem_reconnects_total{peer="telnyx"})");
  }

  /// Whether the agent has said these words and all of them were heard.
  bool is_heard(std::string_view text) {
    const auto turns = it.running.view->turns(id);
    return std::ranges::any_of(turns, [&](const turn_record& turn) {
      return turn.role == speaker::agent && turn.text == text && turn.heard_text == text && !turn.interrupted;
    });
  }

  bool scribe_has_heard(const std::vector<std::uint8_t>& speech) {
    auto& heard = it.running.heard;
    std::lock_guard guard(heard.mutex);
    return std::ranges::any_of(heard.sessions, [&](const auto& session) {
      return !std::ranges::search(session.second, speech).empty();
    });
  }

  /// The caller says something, all of which is heard and answered; then they leave.
  void goes_on() {
    caller.speaking = true;
    CHECK(becomes([&] { return is_heard("hello there"); }));
    CHECK(scribe_has_heard(known_speech(telnyx::codec::pcmu)));
    CHECK(it.text(id, "state") == "connected");
    caller.leaving = true;
    REQUIRE(over.wait_for(patience) == std::future_status::ready);
    const auto how = over.get();
    CHECK(how.ended_by == "caller");
    CHECK(how.streams == 2);
    CHECK(it.text(id, "end_reason") == "caller_hung_up");
    CHECK(it.placed->count("hangup") == 0);
    CHECK(it.running.left().empty());
  }

  controlled_engine it;
  restreamed_caller caller;
  std::future<lab::call_outcome> over;
  std::string id;
};

}  // namespace

TEST_CASE("a call whose stream has broken goes on over another one, whatever the carrier makes of two") {
  auto way = second_stream::replaces;
  SUBCASE("replaces") { way = second_stream::replaces; }
  SUBCASE("refuses") { way = second_stream::refuses; }
  SUBCASE("waits") { way = second_stream::waits; }
  restreamed_call call(way);
  const auto words = std::string(long_words);
  CHECK(call.it.api("POST", "/v1/calls/" + call.id + "/say", R"({"text":")" + words + "\"}").status == 202);
  REQUIRE(becomes([&] { return call.caller.heard_frames > 20; }));
  call.on_line([](lab::carrier& telnyx) { telnyx.lose_streams(); });
  REQUIRE(becomes([&] { return call.restreams() == 1; }));
  CHECK(call.it.placed->count("streaming_start") == (way == second_stream::refuses ? 2 : 1));
  CHECK(call.it.placed->count("streaming_stop") == (way == second_stream::replaces ? 0 : 1));
  CHECK(becomes([&] { return call.is_heard(words); }));
  MESSAGE("the line was without frames for ms=",
          std::chrono::duration_cast<std::chrono::milliseconds>(call.caller.hole.load()).count());
  call.goes_on();
}

TEST_CASE(
    "a call whose stream has fallen silent goes on over another one, whatever the carrier makes of two") {
  auto way = second_stream::replaces;
  SUBCASE("replaces") { way = second_stream::replaces; }
  SUBCASE("refuses") { way = second_stream::refuses; }
  SUBCASE("waits") { way = second_stream::waits; }
  restreamed_call call(way);
  call.on_line([](lab::carrier& telnyx) { telnyx.freeze_streams(); });
  REQUIRE(becomes([&] { return call.restreams() == 1; }));
  call.goes_on();
}

}  // namespace tandem::test
