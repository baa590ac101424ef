#include "actors/agents/quiet.hpp"

#include "tests/actors/agents/agent_probe.hpp"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("a quiet agent answers whatever it is asked with nothing, and listens on") {
  quiet_agent quiet;
  agent_probe probe;
  for (const auto about : {turns::question::words, turns::question::keys, turns::question::silence}) {
    CHECK(probe.ask(quiet, "Is anybody there?", about).empty());
    CHECK(probe.ends == std::vector{turns::next::listen});
  }
  CHECK(probe.failures.empty());
  CHECK(quiet.greeting().empty());
  CHECK_FALSE(quiet.wants(turns::question::silence));
}

TEST_CASE("a quiet agent keeps the state of the one before it") {
  quiet_agent quiet;
  CHECK(quiet.save().empty());
  CHECK(quiet.load(R"({"node":"day"})"));
  CHECK(quiet.save() == R"({"node":"day"})");
}
