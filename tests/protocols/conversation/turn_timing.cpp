#include "protocols/conversation/turn_timing.hpp"

#include "protocols/conversation/record.hpp"
#include "protocols/conversation/turns.hpp"

#include <chrono>
#include <string>
#include <variant>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

std::string json_of(const turn_timing& timing) {
  std::string out;
  append_json(out, timing);
  return out;
}

/// A machine that is told of things some time after they happened.
struct late_telling {
  late_telling() {
    settings rules;
    rules.fallback_reply = "Pardon?";
    machine_ = machine(rules);
    tell(call_connected{}, 0ms);
  }

  moment at(std::chrono::microseconds time) const { return start + time; }

  void tell(const event& what, std::chrono::microseconds time) { machine_.apply(what, at(time), done); }

  /// The caller speaks until 1000, and their words are read at 1480 and told 2 ms later.
  void say() {
    tell(voice_started{at(0ms)}, 100ms);
    tell(voice_ended{at(1000ms)}, 1100ms);
    tell(tick{}, 1251ms);
    tell(utterance_committed{"hello", at(1480ms), 1500us}, 1482ms);
    tell(tick{}, 1503ms);
  }

  /// The caller is answered, up to the first sound.
  void answer() {
    say();
    tell(agent_asked{1, at(1504ms)}, 1504ms);
    tell(agent_began{1, at(1700ms)}, 1701ms);
    tell(agent_sentence{1, "Good day.", at(1800ms)}, 1801ms);
    tell(agent_finished{1}, 1805ms);
    tell(speech_arrived{1, at(1900ms), at(1802ms), at(0ms)}, 1901ms);
    tell(speech_started{1, at(1903ms), at(2203ms), 3ms}, 1904ms);
  }

  turn_timing recorded() const {
    for (const auto& each : done)
      if (const auto* turn = std::get_if<agent_turn>(&each)) return turn->timing;
    return {};
  }

  std::chrono::nanoseconds stage_took(stage which) const {
    for (const auto& each : done)
      if (const auto* sample = std::get_if<measured>(&each); sample && sample->stage == which)
        return sample->took;
    return -1ns;
  }

  moment start{1h};
  actions done;
  machine machine_;
};

}  // namespace

TEST_CASE("a timing is written in milliseconds, without what is not known, and read again") {
  turn_timing timing;
  CHECK(json_of(timing) == "{}");
  timing.stt_final = 268ms;
  timing.endpoint = 500ms;
  timing.on_wire = 580100us;
  timing.own = 1407us;
  CHECK(json_of(timing) == R"({"stt_final_ms":268,"endpoint_ms":500,"on_wire_ms":580.1,"own_ms":1.407})");
  timing.heard = 900ms;
  timing.heard_by_clock = true;
  CHECK(json_of(timing).find(R"("heard_ms":900,"own_ms":1.407,"heard_by":"clock")") != std::string::npos);
  CHECK(read_timing(json_of(timing)) == timing);
}

TEST_CASE("what is no timing is not known") {
  for (const auto* text :
       {"", "{}", "[]", "{", R"({"own_ms":-1})", R"({"own_ms":"x"})", R"({"own_ms":1e99})"})
    CHECK_MESSAGE(read_timing(std::string_view(text)) == turn_timing{}, text);
}

TEST_CASE("a turn's JSON has its timing when there is one") {
  turn_record turn;
  turn.role = speaker::agent;
  std::string out;
  append_json(out, turn);
  CHECK(out.find("timing") == out.npos);
  turn.timing.own = 2ms;
  out.clear();
  append_json(out, turn);
  CHECK(out.ends_with(R"("timing":{"own_ms":2}})"));
}

TEST_CASE("every stage counts from the end of the voice to when the bytes were read or written") {
  late_telling call;
  call.answer();
  call.tell(speech_heard{1, "Good", call.at(2260ms)}, 2262ms);
  call.tell(speech_heard{1, "Good day.", call.at(2600ms)}, 2601ms);
  call.tell(speech_finished{1}, 2610ms);
  const auto timing = call.recorded();
  CHECK(timing.stt_final == 480ms);
  CHECK(timing.endpoint == 504ms);
  CHECK(timing.first_token == 700ms);
  CHECK(timing.first_sentence == 800ms);
  CHECK(timing.first_audio == 900ms);
  CHECK(timing.on_wire == 903ms);
  CHECK(timing.heard == 1260ms);
  CHECK_FALSE(timing.heard_by_clock);
  CHECK(call.stage_took(stage::first_token) == 197ms);
  CHECK(call.stage_took(stage::first_sentence) == 297ms);
  CHECK(call.stage_took(stage::heard) == 357ms);
}

TEST_CASE("a turn's own share is what nobody else was waited for") {
  late_telling call;
  call.answer();
  call.tell(speech_finished{1}, 2610ms);
  // The commit 1.5, the question 4 behind the silence, the text 2 behind the sentence, the audio 3.
  CHECK(call.recorded().own == 10'500us);
  CHECK(call.stage_took(stage::own) == 10'500us);
}

TEST_CASE("words that come behind the silence are what the question waits for") {
  late_telling call;
  call.tell(voice_started{call.at(0ms)}, 100ms);
  call.tell(voice_ended{call.at(1000ms)}, 1100ms);
  call.tell(tick{}, 1250ms);
  call.tell(utterance_committed{"hello", call.at(1600ms)}, 1603ms);
  call.tell(agent_asked{1, call.at(1604ms)}, 1604ms);
  call.tell(agent_sentence{1, "Yes.", call.at(1604ms)}, 1604ms);
  // There was no synthesiser before 1700.
  call.tell(speech_arrived{1, call.at(1900ms), call.at(1701ms), call.at(1700ms)}, 1900ms);
  call.tell(speech_started{1, call.at(1900ms)}, 1900ms);
  call.tell(agent_finished{1}, 1900ms);
  call.tell(speech_finished{1}, 2500ms);
  CHECK(call.recorded().stt_final == 600ms);
  CHECK(call.recorded().own == 5ms);
}

TEST_CASE("a commit says when it fell due, however late it is asked for") {
  late_telling call;
  call.tell(voice_started{call.at(0ms)}, 100ms);
  call.tell(voice_ended{call.at(1000ms)}, 1100ms);
  call.tell(tick{}, 1262ms);
  REQUIRE(std::holds_alternative<commit>(call.done.back()));
  CHECK(std::get<commit>(call.done.back()).due == call.at(1250ms));
}

TEST_CASE("without marks the first word is heard by the clock, unless it was cut off before") {
  late_telling call;
  call.answer();
  SUBCASE("the whole reply") {
    call.tell(speech_finished{1}, 2610ms);
    CHECK(call.recorded().heard == 1203ms);
    CHECK(call.recorded().heard_by_clock);
  }
  SUBCASE("cut off") {
    call.tell(call_ended{}, 2202ms);
    CHECK(call.recorded().heard == turn_timing::unknown);
    CHECK(call.recorded().on_wire == 903ms);
  }
}

TEST_CASE("what the caller did not ask for has no timing") {
  settings rules;
  rules.greeting = "Welcome.";
  machine subject(rules);
  actions done;
  const moment now{1h};
  subject.apply(call_connected{}, now, done);
  subject.apply(speech_arrived{1, now, now, now}, now, done);
  subject.apply(speech_started{1, now, now, 1ms}, now, done);
  subject.apply(speech_finished{1}, now + 1s, done);
  REQUIRE(std::holds_alternative<agent_turn>(done.back()));
  CHECK(std::get<agent_turn>(done.back()).timing == turn_timing{});
}
