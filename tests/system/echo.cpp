#include "protocols/audio/g711.hpp"
#include "tests/system/staying_caller.hpp"

#include <algorithm>

namespace tandem::test {

namespace {

/// What the speech server makes of a text, in the codec of the call.
std::vector<std::uint8_t> synthesised(std::string_view text, telnyx::codec codec) {
  auto spoken = lab::make_synthetic_voice()->speak(text, 8000);
  std::vector<std::uint8_t> bytes(spoken.samples.size());
  if (codec == telnyx::codec::pcma) {
    g711::encode_alaw(spoken.samples, bytes);
  } else {
    g711::encode_ulaw(spoken.samples, bytes);
  }
  return bytes;
}

/// Whether `part` stands in `whole` as it is.
bool contains(const std::vector<std::uint8_t>& whole, const std::vector<std::uint8_t>& part) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

}  // namespace

TEST_CASE("a PCMU call's bytes pass unchanged to Scribe and from the synthesiser") {
  running_engine running({});
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(running.left().empty());
  REQUIRE(running.heard.sessions.size() == 1);
  CHECK(contains(running.heard.sessions.begin()->second, known_speech(telnyx::codec::pcmu)));
  CHECK(contains(caller.heard, synthesised("hello there ", telnyx::codec::pcmu)));
}

TEST_CASE("a PCMA call is converted to Scribe's law and spoken to in its own") {
  running_engine running({.flags = {"--telnyx.codec=PCMA"}});
  known_caller caller(telnyx::codec::pcma);
  auto over = running.place(caller, telnyx::codec::pcma);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
  REQUIRE(running.heard.sessions.size() == 1);
  auto converted = known_speech(telnyx::codec::pcma);
  g711::alaw_to_ulaw(converted, converted);
  CHECK(contains(running.heard.sessions.begin()->second, converted));
  CHECK(contains(caller.heard, synthesised("hello there ", telnyx::codec::pcma)));
}

TEST_CASE("many echo calls at once are all answered and leave nothing behind") {
  running_engine running({});
  const auto calls = wanted("TANDEM_TEST_CALLS", many_calls);
  std::vector<std::unique_ptr<known_caller>> callers;
  std::vector<std::future<lab::call_outcome>> over;
  for (std::size_t i = 0; i < calls; ++i) {
    callers.push_back(std::make_unique<known_caller>(telnyx::codec::pcmu));
    over.push_back(running.place(*callers.back()));
  }
  std::size_t answered = 0;
  auto reply = synthesised("hello there ", telnyx::codec::pcmu);
  for (std::size_t i = 0; i < calls; ++i) {
    REQUIRE(over[i].wait_for(patience) == std::future_status::ready);
    if (contains(callers[i]->heard, reply)) ++answered;
  }
  CHECK(answered == calls);
  CHECK(running.left().empty());
  const auto shown = [&](std::string_view name) {
    return lab::metric(running.view->get("/metrics").value_or(""), name);
  };
  CHECK(becomes([&] { return shown(R"(tandem_connections{peer="telnyx"})") == 0; }));
  CHECK(shown("tandem_calls_total") == calls);
  CHECK(running.engine->stop(std::chrono::seconds(30)) == 0);
}

TEST_CASE("a call whose utterances Scribe ends is answered as well") {
  running_engine running({.flags = {"--scribe.commit=vad"}, .call_control = true});
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(contains(caller.heard, synthesised("hello there ", telnyx::codec::pcmu)));
  auto call = running.view->ended_call(std::chrono::seconds(20));
  REQUIRE(call.turns.size() == 2);
  CHECK(call.turns[0].text == "hello there");
  CHECK(call.turns[1].heard_text == "hello there");
  // Scribe's silence ends the turn, and not only the deadline behind it.
  CHECK(call.turns[1].latency_ms < 1900);
  CHECK(running.left().empty());
}

TEST_CASE("a call that the carrier announces is answered, recorded and hung up") {
  running_engine running({.call_control = true});
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  auto call = running.view->ended_call(std::chrono::seconds(20));
  CHECK(call.end_reason == "caller_hung_up");
  REQUIRE(call.turns.size() == 2);
  CHECK(call.turns[0].role == speaker::caller);
  CHECK(call.turns[0].text == "hello there");
  CHECK(call.turns[1].heard_text == "hello there");
  CHECK(call.turns[1].latency_ms >= 0);
  const auto& timing = call.turns[1].timing;
  CHECK(timing.stt_final >= turn_timing::time(0));
  CHECK(timing.endpoint >= timing.stt_final);
  // The agent may have been asked early, and is heard no earlier for it.
  CHECK(timing.first_sentence > turn_timing::time(0));
  CHECK(timing.first_audio > std::max(timing.first_sentence, timing.endpoint));
  CHECK(timing.on_wire >= timing.first_audio);
  CHECK(timing.on_wire / std::chrono::milliseconds(1) == call.turns[1].latency_ms);
  CHECK(timing.heard > timing.on_wire);
  CHECK_FALSE(timing.heard_by_clock);
  CHECK(timing.own > turn_timing::time(0));
  CHECK(running.left().empty());
}

}  // namespace tandem::test
