#include "tests/lab/caller_script.hpp"

#include "actors/agents/script.hpp"
#include "tests/actors/agents/agent_probe.hpp"
#include "tests/actors/agents/shipped_file.hpp"

#include <algorithm>
#include <map>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;

list faults_of(std::string_view text) {
  auto loaded = lab::load_caller_script(text);
  return loaded ? list{} : loaded.error();
}

}  // namespace

TEST_CASE("a shipped caller gets from its script what the demo expects, and interrupts once") {
  std::string name;
  SUBCASE("a guest") { name = "agents/book-a-table"; }
  SUBCASE("a patient") { name = "agents/front-desk"; }
  const auto caller = lab::load_caller_script(shipped_file(name + ".caller.json"));
  REQUIRE_MESSAGE(caller.has_value(), caller.error().front());
  auto dialogue = load_script(shipped_file(name + ".json"));
  REQUIRE_MESSAGE(dialogue.has_value(), dialogue.error().front());
  script_agent agent(std::make_shared<const script>(std::move(*dialogue)));
  agent_probe probe;
  std::map<std::string, std::string> metadata;
  CHECK(caller->lines.size() >= 5);
  for (const auto& line : caller->lines) {
    CAPTURE(line.say);
    for (const auto& word : line.expect) CHECK(lab::contains_words(line.say, word));
    const auto reply = probe.ask(agent, line.say);
    for (const auto& word : line.expect_reply) CHECK_MESSAGE(lab::contains_words(reply, word), reply);
    for (const auto& note : probe.notes)
      metadata[note.substr(0, note.find('='))] = note.substr(note.find('=') + 1);
  }
  CHECK(probe.ends.back() == turns::next::hang_up);
  for (const auto& [key, text] : caller->expect_metadata) CHECK(metadata[key] == text);
  CHECK(std::count_if(caller->lines.begin(), caller->lines.end(),
                      [](const auto& line) { return line.interrupt_after.has_value(); }) == 1);
}

TEST_CASE("a caller script is read as it is written") {
  const auto loaded = lab::load_caller_script(R"({"version":1,"lines":[
    {"say":"Hello.","expect":["hello"]},
    {"say":"Stop it.","interrupt_after_ms":1500,"expect":["stop it"],"expect_reply":["sorry"]}],
    "expect_metadata":{"outcome":"stopped"}})");
  REQUIRE(loaded.has_value());
  CHECK(loaded->lines[0].say == "Hello.");
  CHECK(!loaded->lines[0].interrupt_after);
  CHECK(loaded->lines[1].interrupt_after == 1500ms);
  CHECK(loaded->lines[1].expect_reply == list{"sorry"});
  CHECK(loaded->expect_metadata.at(0) == std::pair<std::string, std::string>("outcome", "stopped"));
}

TEST_CASE("every fault of a caller script is one line with its place and what is allowed") {
  CHECK(faults_of("{") == list{"line 1: not JSON"});
  CHECK(faults_of(R"({"version":1,"lines":[]})") == list{"lines: must be a list of at least 1"});
  CHECK(faults_of(
            R"({"version":1,"lines":[{"say":"?","expect":["!"],"interrupt_after_ms":-1,"loud":true}]})") ==
        list{"lines[0].say: has no word in it",
             "lines[0].interrupt_after_ms: must be a whole number from 0 to 60000",
             "lines[0].expect: \"!\" has no word in it",
             "lines[0].loud: unknown; allowed: say, interrupt_after_ms, expect, expect_reply"});
  CHECK(faults_of(R"({"version":1,"lines":[{}]})") ==
        list{"lines[0].say: missing; must be a text",
             "lines[0].expect: missing; must be a list of at least 1"});
}

TEST_CASE("expected words are found whatever their case and punctuation, but only in a row") {
  CHECK(lab::contains_words("At half past seven, please.", "Half past seven"));
  CHECK(lab::contains_words("That's right", "that is"));
  CHECK(!lab::contains_words("half an hour past seven", "half past"));
  CHECK(!lab::contains_words("", "yes"));
}
