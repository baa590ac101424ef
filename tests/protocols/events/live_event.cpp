#include "protocols/events/live_event.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

std::string json_of(const live_event& event) {
  std::string out;
  append_json(out, event);
  return out;
}

live_event event(event_kind kind, std::string text = {}, std::uint32_t turn = 0) {
  return {.call_id = "n-1-1",
          .at = wall_time(std::chrono::milliseconds(1)),
          .kind = kind,
          .turn = turn,
          .text = std::move(text)};
}

constexpr const char* head = R"({"call_id":"n-1-1","at":"1970-01-01T00:00:00.001Z")";

}  // namespace

TEST_CASE("an event says what its kind adds") {
  auto started = event(event_kind::call_started);
  started.from = "+1";
  started.to = "+2";
  const std::string rest = R"(,"direction":"incoming","from":"+1","to":"+2"})";
  CHECK(json_of(started) == head + rest);
  started.kind = event_kind::call_answered;
  CHECK(json_of(started) == head + rest);
  started.kind = event_kind::dtmf;
  started.text = "5";
  CHECK(json_of(started) == std::string(head) + R"(,"digit":"5"})");
  CHECK(json_of(event(event_kind::transcript_partial, "he")) == std::string(head) + R"(,"text":"he"})");
  CHECK(json_of(event(event_kind::transcript_final, "h\"")) == std::string(head) + R"(,"text":"h\""})");
  CHECK(json_of(event(event_kind::agent_reply, "Yes.", 3)) ==
        std::string(head) + R"(,"turn":3,"text":"Yes."})");
  CHECK(json_of(event(event_kind::speech_started, {}, 3)) == std::string(head) + R"(,"turn":3})");
  CHECK(json_of(event(event_kind::speech_finished, "Yes.", 3)) ==
        std::string(head) + R"(,"turn":3,"heard_text":"Yes."})");
  CHECK(json_of(event(event_kind::speech_interrupted, "", 3)) == std::string(head) + R"(,"turn":3})");
  CHECK(json_of(event(event_kind::provider_reconnected, "scribe")) ==
        std::string(head) + R"(,"peer":"scribe"})");
  auto back = event(event_kind::provider_reconnected, "speech");
  back.provider = "standby";
  CHECK(json_of(back) == std::string(head) + R"(,"peer":"speech","provider":"standby"})");
  CHECK(json_of(event(event_kind::agent_changed, "openai")) == std::string(head) + R"(,"agent":"openai"})");
  CHECK(json_of(event(event_kind::call_held, "caller")) == std::string(head) + R"(,"by":"caller"})");
  CHECK(json_of(event(event_kind::call_listened, "session")) == std::string(head) + R"(,"by":"session"})");
  CHECK(json_of(event(event_kind::call_ended, "shutdown")) ==
        std::string(head) + R"(,"end_reason":"shutdown"})");
}

TEST_CASE("with its id an event says which it is") {
  std::string out;
  append_json(out, "n-1-7", event(event_kind::dtmf, "5"));
  CHECK(out == R"({"id":"n-1-7","event":"dtmf",)" + std::string(head).substr(1) + R"(,"digit":"5"})");
}

TEST_CASE("every kind has a name of its own") {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < event_kinds; ++i) {
    const auto name = to_string(static_cast<event_kind>(i));
    CHECK_FALSE(name.empty());
    CHECK(names.insert(name).second);
  }
}

TEST_CASE("what must not be kept is left out, and nothing else") {
  auto started = event(event_kind::call_started);
  started.from = "+1";
  started.to = "+2";
  CHECK(json_of(kept_part(started, {})) == json_of(started));
  CHECK(json_of(kept_part(started, {.keeps_numbers = false})) ==
        std::string(head) + R"(,"direction":"incoming"})");
  for (const auto kind : {event_kind::transcript_final, event_kind::agent_reply, event_kind::speech_finished,
                          event_kind::speech_interrupted}) {
    const auto said = event(kind, "words", 2);
    CHECK(json_of(kept_part(said, {.keeps_numbers = false})) == json_of(said));
    CHECK(json_of(kept_part(said, {.keeps_words = false})) == std::string(head) + R"(,"turn":2})");
  }
  const auto ended = event(event_kind::call_ended, "shutdown");
  CHECK(json_of(kept_part(ended, {.keeps_numbers = false, .keeps_words = false})) == json_of(ended));
}
