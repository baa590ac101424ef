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

TEST_CASE("what is wrong with an agent's settings is named") {
  CHECK(fault_of({.kind = "echo"}).empty());
  CHECK(fault_of({.kind = "quiet"}).empty());
  CHECK(fault_of({.kind = "parrot"}) ==
        "agent.kind = \"parrot\" is unknown; allowed: script, openai, webhook, echo, quiet");
  CHECK(fault_of({.kind = "script"}) ==
        "agent.script is empty; agent.kind = \"script\" needs a dialogue file");
  agent_settings chat{.kind = "openai"};
  CHECK(fault_of(chat) ==
        "agent.url is empty; agent.kind = \"openai\" needs its server, e.g. https://api.openai.com/v1");
  chat.url = "http://127.0.0.1:1/v1";
  CHECK(fault_of(chat) == "agent.model is empty; agent.kind = \"openai\" needs a model");
  chat.model = "small";
  CHECK(fault_of(chat).empty());
  CHECK(fault_of({.kind = "webhook"}) == "agent.url is empty; agent.kind = \"webhook\" needs its server");
}
