#include "tests/system/fixture.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// An engine whose agent is asked early, and a recogniser that guesses often.
struct early_engine {
  explicit early_engine(std::string words, std::vector<std::string> flags = {})
      : running({.flags = std::move(flags), .transcripts = {std::move(words)}, .speech = [](auto& speech) {
                   speech.scribe.first_partial = 500ms;
                   speech.scribe.next_partial = 200ms;
                 }}) {}

  /// One call to its end.
  lab::seen_call call() {
    known_caller caller(telnyx::codec::pcmu);
    auto over = running.place(caller);
    REQUIRE(over.wait_for(patience) == std::future_status::ready);
    CHECK(over.get().ended_by == "caller");
    auto ended = running.view->ended_call(20s);
    CHECK(running.left().empty());
    return ended;
  }

  double shown(std::string_view name) {
    return lab::metric(running.view->get("/metrics").value_or(""), name);
  }

  double early(const std::string& outcome) {
    return shown("tandem_preemptive_turns_total{outcome=\"" + outcome + "\"}");
  }

  std::string spoken() {
    std::lock_guard guard(running.asked.mutex);
    std::string all;
    for (const auto& [socket, text] : running.asked.sockets) all += text;
    return all;
  }

  running_engine running;
};

}  // namespace

TEST_CASE("the agent is asked before the caller's turn is over, and its reply is there when it is") {
  early_engine it("hello there");
  const auto call = it.call();
  CHECK(it.early("stood") == 1);
  CHECK(it.shown(R"(tandem_turn_seconds_count{stage="first_token"})") == 1);
  CHECK(it.shown(R"(tandem_turn_seconds_sum{stage="first_token"})") == 0);
  REQUIRE(call.turns.size() == 2);
  CHECK(call.turns[0].text == "hello there");
  CHECK(call.turns[1].heard_text == "hello there");
}

TEST_CASE("a question with words that were not all is taken back: nothing of its reply is spoken or kept") {
  // More words than are guessed in so much voice.
  early_engine it("seven green bottles stood there upon one old brick wall yesterday");
  const auto call = it.call();
  CHECK(it.early("withdrawn") >= 1);
  CHECK(it.spoken() == "seven green bottles stood there upon one old brick wall yesterday ");
  REQUIRE(call.turns.size() == 2);
  CHECK(call.turns[0].text == "seven green bottles stood there upon one old brick wall yesterday");
  CHECK(call.turns[1].heard_text == call.turns[0].text);
}

TEST_CASE("without turns.preemptive no question is asked early") {
  early_engine it("hello there", {"--turns.preemptive=false"});
  CHECK(it.call().turns.size() == 2);
  CHECK(it.early("stood") + it.early("withdrawn") == 0);
}

}  // namespace tandem::test
