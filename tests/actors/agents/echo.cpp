#include "actors/agents/echo.hpp"

#include "tests/actors/agents/agent_probe.hpp"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("echo speaks back what it hears, word for word, as one sentence, and listens") {
  echo_agent echo;
  agent_probe probe;
  const std::string text = "Hello.  It's 7.30 p.m.? \u2013 yes; No!";
  CHECK(probe.ask(echo, text) == text);
  CHECK(probe.sentences.size() == 1);
  CHECK(probe.ends == std::vector{turns::next::listen});
  CHECK(probe.last_turn == 1);
  CHECK(echo.greeting().empty());
}

TEST_CASE("echo has no state") {
  echo_agent echo;
  CHECK(echo.save().empty());
  CHECK(echo.load(""));
  CHECK(!echo.load("{}"));
}

TEST_CASE("an agent is made by its kind, and what is wrong is named") {
  CHECK(make_agent({"echo", nullptr}).has_value());
  const auto unknown = make_agent({"parrot", nullptr});
  REQUIRE(!unknown.has_value());
  CHECK(unknown.error() == "agent.kind = \"parrot\" is unknown; allowed: echo, script");
  const auto empty = make_agent({"script", nullptr});
  REQUIRE(!empty.has_value());
  CHECK(empty.error() == "agent.script is empty; agent.kind = \"script\" needs a dialogue file");
}
