#include "gateway/settings/reloader.hpp"

#include "tests/actors/agents/shipped_file.hpp"
#include "tests/gateway/temporary_file.hpp"

#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using words = std::vector<std::string>;

/// A configuration file that an operator edits under a running node.
struct edited_file {
  explicit edited_file(const std::string& content) : file(content) {}

  void write(const std::string& content) const { std::ofstream(file.path()) << content; }
  settings_source source() const { return {file.path(), {}, {}}; }
  reloader running() const {
    auto loaded = load_settings(source());
    REQUIRE(loaded.faults.empty());
    return {source(), loaded.values};
  }

  temporary_file file;
};

const std::string echo = "[agent]\nkind = 'echo'\n";

}  // namespace

TEST_CASE("limits, agent, turns and log change live") {
  const edited_file file(echo);
  auto running = file.running();
  file.write(
      "[agent]\nkind = 'echo'\ngreeting = 'Hello.'\n[limits]\nmax_calls = 7\nmax_call_seconds = 60\n"
      "[turns]\nendpoint_ms = 700\n[log]\nlevel = 'debug'\n");
  const auto outcome = running.reload();
  REQUIRE(outcome.calls);
  CHECK(outcome.faults.empty());
  CHECK(outcome.need_restart.empty());
  CHECK(outcome.changed == words{"agent.greeting", "turns.endpoint_ms", "limits.max_calls",
                                 "limits.max_call_seconds", "log.level"});
  CHECK(outcome.calls->turns.greeting == "Hello.");
  CHECK(outcome.calls->turns.endpoint.silence == std::chrono::milliseconds(700));
  CHECK(outcome.calls->limits.max_call == std::chrono::seconds(60));
  CHECK(running.values().limits.max_calls == 7);
}

TEST_CASE("what needs a restart is named each time and does not change") {
  const edited_file file(echo);
  auto running = file.running();
  const auto before = running.values();
  file.write(echo +
             "[server]\nlisten = '127.0.0.1:1'\n[speech]\nvoice = 'new'\n[elevenlabs]\napi_key = 'k'\n");
  for (int round = 0; round < 2; ++round) {
    const auto outcome = running.reload();
    REQUIRE(outcome.calls);
    CHECK(outcome.changed.empty());
    CHECK(outcome.need_restart == words{"server.listen", "elevenlabs.api_key", "speech.voice"});
    CHECK(outcome.calls->speech.voice.empty());
    CHECK(outcome.calls->scribe.api_key.empty());
    CHECK(running.values() == before);
  }
}

TEST_CASE("a bad file is refused with the lines of a start, and the old one holds") {
  const edited_file file(echo + "[limits]\nmax_calls = 3\n");
  auto running = file.running();
  const auto before = running.values();
  for (const auto* bad : {"[limits]\nmax_calls = -1\n", "[limits]\nmax_cals = 4\n", "[limits\n",
                          "[agent]\nkind = 'script'\n"}) {
    CAPTURE(bad);
    file.write(bad);
    const auto at_start = load_settings(file.source()).faults;
    const auto outcome = running.reload();
    CHECK_FALSE(outcome.calls);
    CHECK_FALSE(outcome.faults.empty());
    if (!at_start.empty()) CHECK(outcome.faults == at_start);
    CHECK(outcome.changed.empty());
    CHECK(running.values() == before);
  }
  file.write(echo + "[limits]\nmax_calls = 4\n");
  CHECK(running.reload().calls);
  CHECK(running.values().limits.max_calls == 4);
}

TEST_CASE("a file that is gone is refused") {
  auto running = [] {
    const edited_file file(echo);
    return file.running();
  }();
  CHECK_FALSE(running.reload().calls);
  CHECK(running.values().agent.kind == "echo");
}

TEST_CASE("the dialogue is read again though its name stays the same") {
  const temporary_file dialogue("not a dialogue yet");
  const edited_file file(echo);
  auto running = file.running();
  file.write("[agent]\nkind = 'script'\nscript = '" + dialogue.path() + "'\n");
  CHECK_FALSE(running.reload().calls);
  std::ofstream(dialogue.path()) << shipped_file("agents/book-a-table.json");
  const auto outcome = running.reload();
  REQUIRE(outcome.calls);
  CHECK(outcome.calls->agent.dialogue);
  CHECK(outcome.changed == words{"agent.kind", "agent.script"});
  CHECK(running.reload().changed.empty());
}

TEST_CASE("flags and variables still win over the file") {
  const edited_file file(echo);
  auto source = file.source();
  source.flags = {{"limits.max_calls", "5"}};
  source.environment = {{"TANDEM_LIMITS_CALLS_PER_SECOND", "6"}};
  reloader running(source, load_settings(source).values);
  file.write(echo + "[limits]\nmax_calls = 50\ncalls_per_second = 60\nsilence_seconds = 12\n");
  CHECK(running.reload().changed == words{"limits.silence_seconds"});
  CHECK(running.values().limits.max_calls == 5);
}
