#ifdef TANDEM_CHAOS

#include "tests/system/control_fixture.hpp"
#include "tests/system/shown_metrics.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A caller on the line, whose hang-up the carrier does not take at once.
struct lively_engine : controlled_engine {
  lively_engine() {
    over = running.place(caller);
    REQUIRE(becomes([&] { return connected(running); }));
    placed->answer_instead("hangup", 3, {.status = 503, .body = "{}"});
  }

  void fail(const std::string& kind) { REQUIRE(running.view->post("/chaos/kill?kind=" + kind) == 200); }

  staying_caller caller;
  std::future<lab::call_outcome> over;
};

}  // namespace

TEST_CASE("a node whose service fails says so, ends its calls in order, and ends") {
  for (const std::string kind : {"node", "records", "campaigns", "gateway"}) {
    CAPTURE(kind);
    lively_engine it;
    auto& running = it.running;
    it.fail(kind);
    http_answer health;
    CHECK(becomes([&] { return (health = running.view->ask("GET", "/healthz")).status != 200; }));
    CHECK(health.status == 503);
    CHECK(health.body.find("the service " + kind + " failed") != std::string::npos);
    REQUIRE(it.over.wait_for(patience) == std::future_status::ready);
    CHECK(it.over.get().ended_by == "engine");
    CHECK(running.engine->wait_end(30s) == 1);
    CHECK(running.engine->said("a service of the node failed actor=" + kind));
    if (kind == "records") continue;
    // What was known of the call is in the store.
    running.start_again();
    CHECK(running.view->newest_call().end_reason == end_reason::internal_error);
    CHECK(running.engine->stop(30s) == 0);
  }
}

TEST_CASE("a node that cannot command its carrier any more ends, and its calls with it") {
  lively_engine it;
  it.fail("carrier");
  CHECK(it.running.engine->wait_end(30s) == 1);
  CHECK(it.running.engine->said("a service of the node failed actor=carrier"));
  it.caller.leaving = true;
  REQUIRE(it.over.wait_for(patience) == std::future_status::ready);
}

TEST_CASE("an actor of a call that fails is counted by its kind, and ends its call") {
  running_engine running({});
  double failed = 0;
  for (const std::string kind : {"ingress", "scribe", "dialogue", "speech", "call"}) {
    CAPTURE(kind);
    const auto of_kind = "{kind=\"" + kind + "\"}";
    staying_caller caller;
    auto over = running.place(caller);
    REQUIRE(becomes([&] { return connected(running); }));
    REQUIRE(becomes([&] { return shown_metrics(running)("tandem_actors" + of_kind) == 1; }));
    REQUIRE(running.view->post("/chaos/kill?kind=" + kind) == 200);
    REQUIRE(over.wait_for(patience) == std::future_status::ready);
    CHECK(over.get().ended_by != "caller");
    CHECK(running.left().empty());
    ++failed;
    CHECK(becomes([&] { return shown_metrics(running)("tandem_actor_failures_total") == failed; }));
    const shown_metrics shown(running);
    CHECK(shown("tandem_actor_failures_total" + of_kind) == 1);
    CHECK(shown.calls("internal_error") == failed);
  }
}

}  // namespace tandem::test

#endif
