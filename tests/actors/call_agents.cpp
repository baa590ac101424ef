#include "tests/actors/call_fixture.hpp"
#include "tests/actors/fake_http.hpp"

namespace tandem::test {

namespace {

using telnyx::webhook_type;

/// Outlives the actors that hold its exchanges.
struct with_http {
  fake_http http;
};

/// A call whose agent is the operator's server, which is the test.
struct agent_call : with_http, call_fixture {
  agent_call() {
    shared.http = &http;
    settings.agent = {.kind = "webhook", .url = "https://example.com/agent"};
    settings.turns.greeting = "Good day.";
    spawn(true);
    stream = attach();
    start(*stream);
    for (const auto& each : connector.peers) each->open();
    host.run();
  }

  const std::string& posted() const { return http.requests.back().body; }

  std::shared_ptr<fake_peer> stream;
};

}  // namespace

TEST_CASE_FIXTURE(agent_call, "the agent's server is told why the call ended before the call is over") {
  webhook(webhook_type::call_hangup);
  REQUIRE(http.requests.size() == 1);
  CHECK(posted().find(R"("event":"end")") != std::string::npos);
  CHECK(posted().find(R"("reason":"caller_hung_up")") != std::string::npos);
  CHECK(posted().find(R"("from":"+13125550100")") != std::string::npos);
  CHECK(ended_records() == 0);
  http.answers.back()({.status = 200});
  host.run();
  CHECK(ended_records() == 1);
  CHECK(active() == 0);
  CHECK(childless());
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(agent_call, "an agent's server that does not answer holds up no end") {
  webhook(webhook_type::call_hangup);
  http.answers.back()({.failure = "timed out"});
  host.run();
  CHECK(ended_records() == 1);
}

}  // namespace tandem::test
