#include "protocols/conversation/call_value.hpp"

#include "tests/protocols/conversation/rehearsal.hpp"

#include <string>
#include <utility>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

/// A call in which both have taken so many turns.
call_value call_of(std::uint32_t turns) {
  turns::settings rules;
  rules.greeting = "Good day, this is the Blue Plate. How can I help you?";
  rehearsal talk(rules);
  talk.tell(turns::call_connected{});
  talk.tell(turns::speech_started{1}, turns::speech_finished{1});
  for (std::uint32_t turn = 2; turn <= turns; ++turn) {
    talk.converse(turn, "I would like a table for four people on Friday evening, please.",
                  "On Friday evening there is a table for four at eight. Shall I keep it for you?");
    talk.wait(4s);
    talk.tell(turns::speech_finished{turn});
  }
  call_value out;
  out.record.id = "n-1-1";
  out.record.node = "a";
  out.record.carrier_call_id = "v3:a";
  out.record.direction = call_direction::outgoing;
  out.record.from = "+13125550100";
  out.record.to = "+13125550142";
  out.record.state = call_state::connected;
  out.record.started_at = wall_time(1'700'000'000'123ms);
  out.record.answered_at = wall_time(1'700'000'004'456ms);
  out.record.agent = "script";
  out.record.metadata = {{"order", "17 \"large\""}, {"answered_by", "human"}};
  out.record.usage = {123.456789, 4321, 17, 1'234'567'890'123};
  out.leg = {.controlled = true,
             .answered = true,
             .transferring = true,
             .answered_by = "human",
             .ends_at_machine = false,
             .codec = telnyx::codec::l16,
             .stream_id = "32de0dea-53cb-4b21-89a4-9e1819c043bc",
             .owner = 3};
  out.counts = {17, 42, 2};
  out.agent = {{"kind", "script"}, {"fallback_reply", "Pardon?\n"}};
  out.own_settings = {"fallback_reply"};
  out.written_at = wall_time(1'700'000'060'000ms);
  out.talk = talk.talk.to_json(talk.now);
  return out;
}

/// The value with one text in it replaced by another.
std::string with(std::string_view what, std::string_view instead) {
  auto text = call_of(2).to_json();
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

std::string fault(std::string_view text) {
  const auto read = call_value::from_json(text);
  return read ? "none" : read.error();
}

}  // namespace

TEST_CASE("a call is read as it was written") {
  const auto call = call_of(5);
  const auto text = call.to_json();
  const auto read = call_value::from_json(text);
  REQUIRE_MESSAGE(read, read.error());
  CHECK(read->to_json() == text);
  std::string one;
  std::string other;
  append_json(one, call.record);
  append_json(other, read->record);
  CHECK(one == other);
  CHECK(read->record.usage.stt_seconds == 123.456789);
  CHECK(read->leg == call.leg);
  CHECK(read->counts == call.counts);
  CHECK(read->agent.size() == 2);
  CHECK(read->agent[1].text == "Pardon?\n");
  CHECK(read->own_settings == call.own_settings);
  CHECK(read->written_at == call.written_at);
  const auto talk = conversation::from_json(read->talk, moment(1h));
  REQUIRE_MESSAGE(talk, talk.error());
  CHECK(talk->to_json(moment(1h)) == call.talk);
}

TEST_CASE("a call whose conversation has not begun has none, and all the rest") {
  auto call = call_of(2);
  call.talk.clear();
  call.record.state = call_state::ringing;
  call.leg.answered = false;
  const auto text = call.to_json();
  CHECK(text.find("conversation") == std::string::npos);
  const auto read = call_value::from_json(text);
  REQUIRE_MESSAGE(read, read.error());
  CHECK(read->talk.empty());
  CHECK(read->leg == call.leg);
  CHECK(read->to_json() == text);
}

TEST_CASE("a call that is cut off anywhere is refused") {
  const auto text = call_of(2).to_json();
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    CAPTURE(bytes);
    CHECK(fault(std::string_view(text).substr(0, bytes)).starts_with("the call cannot be read: "));
  }
}

TEST_CASE("a call that cannot be taken up says why") {
  const std::string cannot = "the call cannot be read: ";
  CHECK(fault("{}") == cannot + "it has no version");
  CHECK(fault(with(R"({"version":1,)", R"({"version":2,)")) ==
        "the call has version 2; this build reads only 1");
  CHECK(fault(with(R"("id":"n-1-1")", R"("id":"")")) == cannot + "record.id is empty");
  CHECK(fault(with(R"("id":"n-1-1",)", "")) == cannot + "record.id is missing");
  CHECK(fault(with(R"("direction":"outgoing")", R"("direction":"up")")) ==
        cannot + "record.direction is no known value");
  CHECK(fault(with(R"("state":"connected")", R"("state":"ended")")) ==
        cannot + "record.state says that the call has ended");
  CHECK(fault(with(R"("carrier_call_id":"v3:a")", R"("carrier_call_id":"")")) ==
        cannot + "record.carrier_call_id is empty and the leg is controlled");
  CHECK(fault(with(R"("stt_microseconds":123456789)", R"("stt_microseconds":-1)")) ==
        cannot + "record.stt_microseconds is no time that a call can take");
  CHECK(fault(with(R"("codec":"L16")", R"("codec":"MP3")")) == cannot + "leg.codec is none that is known");
  CHECK(fault(with(R"("answered":true)", R"("answered":1)")) ==
        cannot + "leg.answered is neither true nor false");
  CHECK(
      fault(with(R"("owner":3)", R"("owner":-3)")).starts_with(cannot + "leg.owner is no number from 0 to "));
  CHECK(fault(with(R"("agent":[)", R"("agent":7,"x":[)")) == cannot + "agent is no list");
  CHECK(fault(with(R"("conversation":{)", R"("conversation":7,"x":{)")) ==
        cannot + "conversation is no object");
  CHECK(fault(with(R"("conversation":{"version":3)", R"("conversation":{"version":2)"))
            .starts_with("the conversation has version 2"));
  CHECK(fault("[]") == cannot + std::string(json::to_string(json::fault::not_an_object)));

  auto call = call_of(2);
  call.record.metadata.resize(call_value::max_metadata + 1);
  CHECK(fault(call.to_json()) == cannot + "record.metadata has too many keys");
  call = call_of(2);
  call.agent.resize(call_value::max_settings + 1);
  CHECK(fault(call.to_json()) == cannot + "agent has too many settings");
  call = call_of(2);
  call.own_settings.resize(call_value::max_settings + 1);
  CHECK(fault(call.to_json()) == cannot + "own_settings has too many names");
  call = call_of(2);
  call.record.to.assign(call_value::max_json, 'x');
  CHECK(fault(call.to_json()) == cannot + std::string(json::to_string(json::fault::too_large)));
}

TEST_CASE("a call of ten minutes takes a few kilobytes") {
  const auto bytes = call_of(80).to_json().size();
  MESSAGE("a call with 80 turns of each side takes bytes=", bytes);
  CHECK(bytes < 64 * 1024);
}
