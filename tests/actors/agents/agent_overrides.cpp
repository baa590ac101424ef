#include "actors/agents/agent_overrides.hpp"

#include "actors/agents/script_file.hpp"
#include "actors/runtime/services.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using values = std::vector<std::pair<std::string, std::string>>;

std::shared_ptr<const call_settings> settings() {
  auto made = std::make_shared<call_settings>();
  made->agent.kind = "echo";
  made->agent.url = "http://127.0.0.1:1/v1";
  made->turns.greeting = "Good day.";
  return made;
}

std::string fault(const values& changes) {
  const auto changed = with_changes(settings(), changes);
  return changed ? "" : changed.error();
}

constexpr std::string_view allowed = "; allowed: kind, fallback_reply, timeout_ms, model, system_prompt";

}  // namespace

TEST_CASE("what is named changes, in whatever order it comes, and nothing else") {
  const auto changed = with_changes(settings(), {{"kind", "openai"},
                                                 {"model", "small"},
                                                 {"system_prompt", "Be brief."},
                                                 {"fallback_reply", "Pardon?"},
                                                 {"timeout_ms", "2500"}});
  REQUIRE_MESSAGE(changed, changed.error());
  CHECK((*changed)->agent.kind == "openai");
  CHECK((*changed)->agent.model == "small");
  CHECK((*changed)->agent.system_prompt == "Be brief.");
  CHECK((*changed)->agent.url == "http://127.0.0.1:1/v1");
  CHECK((*changed)->turns.fallback_reply == "Pardon?");
  CHECK((*changed)->turns.agent_timeout == 2500ms);
  CHECK((*changed)->turns.greeting == "Good day.");
}

TEST_CASE("a change that cannot be is refused by name, with what is allowed") {
  CHECK(fault({}) == "there is nothing to change" + std::string(allowed));
  CHECK(fault({{"greeting", "Hello."}}) == "agent.greeting cannot change in a call" + std::string(allowed));
  CHECK(fault({{"colour", "red"}}).starts_with("agent.colour is unknown; allowed: "));
  CHECK(fault({{"timeout_ms", "99"}}) == "agent.timeout_ms is a number from 100 to 600000");
  CHECK(fault({{"kind", "oracle"}}).find("allowed: script, openai, webhook, echo") != std::string::npos);
  CHECK(fault({{"kind", "openai"}}).starts_with("agent.model is empty"));
  CHECK(fault({{"kind", "script"}}).starts_with("agent.script is empty"));
}

TEST_CASE("a call that is placed may have another greeting as well") {
  const auto placed = with_overrides(settings(), {{"greeting", "Hello."}});
  REQUIRE(placed);
  CHECK((*placed)->turns.greeting == "Hello.");
  CHECK(with_overrides(settings(), {}).has_value());
}

TEST_CASE("a revision changes settings and script together, or nothing") {
  auto dialogue = std::make_shared<script>();
  dialogue->source = "new";
  const auto before = settings();
  const auto revised = with_revision(before, {{{"greeting", "Good evening."}}, dialogue});
  REQUIRE_MESSAGE(revised, revised.error());
  CHECK((*revised)->turns.greeting == "Good evening.");
  CHECK((*revised)->agent.dialogue == dialogue);
  CHECK(before->agent.dialogue == nullptr);
  CHECK(before->turns.greeting == "Good day.");
  CHECK_FALSE(with_revision(before, {{{"voice", "deep"}}, dialogue}));
}

TEST_CASE("a revised script is of no file any more, and another revision leaves it") {
  auto made = std::make_shared<call_settings>(*settings());
  made->agent.dialogue = std::make_shared<script>();
  made->agent.dialogue_file = "agent.json";
  CHECK((*with_revision(made, {{{"greeting", "Hello."}}}))->agent.dialogue_file == "agent.json");
  CHECK((*with_revision(made, {{}, std::make_shared<script>()}))->agent.dialogue_file.empty());
}
