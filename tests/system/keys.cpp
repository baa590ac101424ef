#include "tests/system/pressing_caller.hpp"

#include <fstream>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view menu = R"({
  "version": 1,
  "greeting": "Welcome.",
  "start": "menu",
  "nodes": {
    "menu": {
      "prompt": "Press one two for the kitchen.",
      "reprompts": ["That was something else.", "That too."],
      "intents": [{"name": "kitchen", "keys": ["12", "1234"], "reply": "The kitchen is closed.", "then": "hang_up"}]
    }
  },
  "give_up": {"reply": "Goodbye."}
})";

/// A call to the menu whose caller presses these keys on a line that tells of them in this way.
lab::seen_call call_the_menu(const std::string& keys, lab::key_telling how,
                             std::chrono::milliseconds event_delay, bool swaps_events = false) {
  const temporary_folder folder;
  const std::string script = folder / "menu.json";
  std::ofstream(script) << menu;
  running_engine running(
      {.flags = {"--agent.kind=script", "--agent.script=" + script, "--limits.max_call_seconds=40"},
       .call_control = true,
       .carrier = [&](lab::carrier_options& line) {
         line.keys = how;
         line.key_event_delay = event_delay;
         line.swaps_key_events = swaps_events;
       }});
  pressing_caller caller(keys);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  auto call = running.view->ended_call(20s);
  CHECK(running.left().empty());
  return call;
}

/// Whether the caller was understood at once, and the agent hung up on them.
void check_understood(const lab::seen_call& call, const std::string& entry = "12") {
  CHECK(call.end_reason == "agent_hung_up");
  std::vector<std::string> said;
  for (const auto& turn : call.turns) {
    if (turn.role == speaker::caller) said.push_back(turn.text);
  }
  CHECK(said == std::vector<std::string>{"[pressed " + entry + "]"});
  REQUIRE(!call.turns.empty());
  CHECK(call.turns.back().heard_text == "The kitchen is closed.");
}

}  // namespace

TEST_CASE("a menu is answered by the tones of keys alone") {
  check_understood(call_the_menu("12#", lab::key_telling::tones, 0ms));
}

TEST_CASE("keys that come as events and sound in the audio count once, whichever is first") {
  for (const auto delay : {0ms, 120ms, 500ms}) {
    CAPTURE(delay.count());
    check_understood(call_the_menu("12#", lab::key_telling::both, delay));
  }
}

TEST_CASE("keys whose events overtake each other are understood as they were pressed") {
  check_understood(call_the_menu("1234#", lab::key_telling::events, 100ms, true), "1234");
}

}  // namespace tandem::test
