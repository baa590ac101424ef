#include "tests/system/staying_caller.hpp"

#include <csignal>

namespace tandem::test {

using namespace std::chrono_literals;

TEST_CASE("a stream over the limit is refused, and the call in progress goes on") {
  running_engine running({.flags = {"--limits.max_calls=1"}});
  staying_caller first;
  auto over = running.place(first);
  REQUIRE(becomes([&] { return connected(running); }));
  staying_caller second;
  auto refused = running.place(second);
  REQUIRE(refused.wait_for(patience) == std::future_status::ready);
  CHECK(refused.get().detail.find("503") != std::string::npos);
  CHECK(active(running) == 1);
  CHECK(lab::metric(running.view->get("/metrics").value_or(""),
                    R"(tandem_calls_rejected_total{reason="calls"})") == 1);
  CHECK_FALSE(running.view->get("/readyz"));
  first.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
  CHECK(running.view->get("/readyz"));
}

TEST_CASE("an announced call over the limit is rejected as busy") {
  running_engine running({.flags = {"--limits.max_calls=1"}, .call_control = true});
  staying_caller first;
  auto over = running.place(first);
  REQUIRE(becomes([&] { return connected(running); }));
  staying_caller second;
  auto refused = running.place(second);
  REQUIRE(refused.wait_for(patience) == std::future_status::ready);
  auto how = refused.get();
  CHECK(how.ended_by == "rejected");
  CHECK(how.detail == "USER_BUSY");
  CHECK(active(running) == 1);
  first.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
}

TEST_CASE("a draining engine finishes its calls, takes no new ones, and exits with 0") {
  running_engine running({});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  running.engine->signal(SIGTERM);
  REQUIRE(becomes([&] { return !running.view->get("/readyz"); }));
  CHECK(running.view->get("/healthz"));
  staying_caller late;
  auto refused = running.place(late);
  REQUIRE(refused.wait_for(patience) == std::future_status::ready);
  CHECK(refused.get().detail.find("503") != std::string::npos);
  CHECK(active(running) == 1);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.engine->wait_end(30s) == 0);
}

TEST_CASE("a drain that takes too long ends the calls that are left") {
  running_engine running({.flags = {"--server.drain_seconds=1"}});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  running.engine->signal(SIGTERM);
  CHECK(running.engine->wait_end(30s) == 0);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  running.start_again();
  CHECK(running.view->newest_call().end_reason == "shutdown");
}

TEST_CASE("a second signal does not wait for a carrier that does not answer") {
  running_engine running(
      {.call_control = true, .carrier = [](lab::carrier_options& line) {
         line.fault = [](std::string_view action, const std::string&) {
           if (action != "hangup") return std::optional<server_answer>();
           return std::optional(server_answer{.status = 429, .headers = {{"Retry-After", "60"}}});
         };
       }});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  running.engine->signal(SIGTERM);
  REQUIRE(becomes([&] { return !running.view->get("/readyz"); }));
  running.engine->signal(SIGTERM);
  CHECK(running.engine->wait_end(12s) == 1);
  CHECK(running.engine->said("calls did not end in time"));
  // The leg lives on, as it would at the carrier.
  running.loops.run([&] { running.telnyx.hang_up_all(); });
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
}

TEST_CASE("a second signal ends the calls at once") {
  running_engine running({});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  running.engine->signal(SIGTERM);
  REQUIRE(becomes([&] { return !running.view->get("/readyz"); }));
  running.engine->signal(SIGTERM);
  CHECK(running.engine->wait_end(30s) == 0);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
}

TEST_CASE("a call without speech recognition or synthesis still ends with its caller") {
  running_engine running({.flags = {"--scribe.url=ws://127.0.0.1:1/", "--speech.url=ws://127.0.0.1:1"}});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
  CHECK(running.engine->stop(30s) == 0);
}

TEST_CASE("a call whose voice cannot be had says goodbye with the carrier's") {
  running_engine running(
      {.flags = {"--speech.url=ws://127.0.0.1:1", "--agent.fallback_reply=Please call again later.",
                 "--agent.greeting=Good morning."},
       .call_control = true});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  const auto how = over.get();
  CHECK(how.ended_by == "engine");
  CHECK(how.spoken == "Please call again later.");
  CHECK(becomes([&] { return running.view->newest_call().end_reason == "provider_failed"; }));
  CHECK(running.left().empty());
}

}  // namespace tandem::test
