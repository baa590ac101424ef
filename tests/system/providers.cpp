#include "tests/system/steady_caller.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

std::size_t calls() { return wanted("TANDEM_TEST_CALLS", 20); }
std::string room() { return "--limits.max_calls=" + std::to_string(calls()); }

/// How many replies the agent gave in a call, each of them heard to its end.
std::size_t whole_replies(lab::engine_view& view, const std::string& id) {
  auto text = view.get("/v1/calls/" + id + "/transcript").value_or("");
  json::document transcript;
  REQUIRE(transcript.parse({text.data(), text.size()}) == json::fault::none);
  std::size_t replies = 0;
  for (const auto& turn : json::find(transcript.root(), "turns")->GetArray()) {
    if (json::text_or(turn, "role") != "agent") continue;
    CHECK(json::text_or(turn, "heard_text") == json::text_or(turn, "text"));
    ++replies;
  }
  return replies;
}

/// Many calls while this goes wrong; every word of every caller is in its transcript once, and every reply is
/// heard.
void survives(const std::vector<const char*>& faults) {
  const known_words words(steady_caller::words_said);
  running_engine running({.flags = {room()}, .ears = std::make_shared<word_recogniser>(words)});
  // A reply comes up to six seconds late here, and nobody is to speak into it.
  steady_callers callers(running, words, calls(), 10s);
  for (const auto* text : faults) running.speech.inject(lab::parse_fault(text).value());
  callers.are_heard_to_the_end();
  for (const auto& call : ended_calls(*running.view)) {
    CAPTURE(call.id);
    CHECK(whole_replies(*running.view, call.id) == steady_caller::utterances);
  }
  const auto metrics = running.view->get("/metrics").value_or("");
  CHECK(lab::metric(metrics, R"(tandem_reconnects_total{peer="scribe"})") >= 1);
  CHECK(lab::metric(metrics, R"(tandem_reconnects_total{peer="speech"})") >= 1);
  CHECK(lab::metric(metrics, "tandem_call_buffer_bytes") == 0);
  CHECK(lab::metric(metrics, R"(tandem_audio_frames_total{direction="inbound",outcome="dropped"})") == 0);
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace

// The callers speak from 0.5, 10.5, 20.5 and 30.5 s on, for some two seconds.
TEST_CASE("providers that are killed, stopped and reset in mid-word cost no call and no word") {
  survives({"scribe.drop@1.5+1.5", "speech.drop@4+1", "scribe.stall@11.5+5", "speech.stall@14+2",
            "scribe.drop@21.5", "scribe.refuse-502@21.4+2", "speech.drop@24", "speech.refuse-429@24+2",
            "scribe.silence@31.5+4"});
}

TEST_CASE(
    "a provider that stays away ends the calls with its reason, and new ones are not hammered with it") {
  const known_words words(steady_caller::words_said);
  running_engine running({.flags = {room(), "--agent.fallback_reply=goodbye then"},
                          .ears = std::make_shared<word_recogniser>(words)});
  steady_callers callers(running, words, calls());
  running.speech.inject(lab::parse_fault("scribe.drop@3").value());
  running.speech.inject(lab::parse_fault("scribe.refuse-502@2.9+600").value());
  callers.wait();
  CHECK(running.left().empty());
  const auto ended = ended_calls(*running.view);
  CHECK(ended.size() == calls());
  for (const auto& call : ended) CHECK(call.end_reason == end_reason::provider_failed);
  const auto metrics = running.view->get("/metrics").value_or("");
  const auto refused =
      lab::metric(metrics, R"(tandem_connection_failures_total{peer="scribe",reason="upgrade"})");
  CHECK(refused >= 1);
  CHECK(refused < static_cast<double>(calls() * 4));
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace tandem::test
