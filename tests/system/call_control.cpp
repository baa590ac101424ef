#include "protocols/telnyx/carrier_control.hpp"
#include "tests/system/control_fixture.hpp"

#include <csignal>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

server_answer accepted() { return {.status = 200, .body = telnyx::carrier::accepted_body()}; }

std::string newest(controlled_engine& it) { return it.running.view->newest_call().id; }

}  // namespace

TEST_CASE("webhooks that come late, twice and in another order make one call with one end") {
  controlled_engine it([](lab::carrier_options& line) {
    line.delivery.delay = 20ms;
    line.delivery.twice = true;
    line.delivery.shuffled = true;
  });
  std::vector<std::unique_ptr<staying_caller>> callers;
  std::vector<std::future<lab::call_outcome>> over;
  for (int i = 0; i < 8; ++i) {
    callers.push_back(std::make_unique<staying_caller>());
    over.push_back(it.running.place(*callers.back()));
  }
  REQUIRE(becomes([&] { return active(it.running) == 8; }));
  REQUIRE(becomes([&] { return it.placed->count("answer") == 8; }));
  for (auto& each : callers) each->leaving = true;
  for (auto& each : over) REQUIRE(each.wait_for(patience) == std::future_status::ready);
  CHECK(it.running.left().empty());
  const auto metrics = it.running.view->get("/metrics").value_or("");
  CHECK(lab::metric(metrics, "tandem_calls_total") == 8);
  CHECK(it.placed->count("answer") == 8);
}

TEST_CASE("a command that is lost is sent again, and done once") {
  controlled_engine it;
  it.placed->answer_instead("answer", 2, {.status = 503, .body = "{}"});
  staying_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return connected(it.running); }));
  CHECK(it.placed->count("answer") == 3);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().streams == 1);
  CHECK(it.running.left().empty());
}

TEST_CASE("a stream that breaks while the leg is up is started again, and the call goes on") {
  controlled_engine it;
  staying_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return connected(it.running); }));
  const auto id = newest(it);
  it.running.loops.run([&] { it.running.telnyx.drop_streams(); });
  REQUIRE(becomes([&] { return it.placed->count("streaming_start") == 1; }));
  CHECK(becomes(
      [&] { return it.api("POST", "/v1/calls/" + id + "/say", R"({"text":"hello"})").status == 202; }));
  CHECK(it.text(id, "state") == "connected");
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().streams == 2);
  CHECK(it.text(id, "end_reason") == "caller_hung_up");
  CHECK(it.running.left().empty());
}

TEST_CASE("a leg that lives on after its call is hung up, until the carrier says that it has ended") {
  controlled_engine it;
  staying_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return connected(it.running); }));
  const auto id = newest(it);
  // The carrier says yes and does nothing.
  it.placed->answer_instead("hangup", 2, accepted());
  CHECK(it.api("POST", "/v1/calls/" + id + "/hangup").status == 202);
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.legs() == 1);
  CHECK(it.running.left().empty());
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "engine");
  CHECK(it.placed->count("hangup") == 3);
}

TEST_CASE("an engine that was killed hangs up its legs when it is back, and nobody else's") {
  controlled_engine it;
  staying_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return connected(it.running); }));
  it.running.engine->signal(SIGKILL);
  it.running.engine->wait_end(30s);
  REQUIRE(it.legs() == 1);
  it.running.start_again();
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "engine");
}

TEST_CASE("a caller is transferred, and the engine leaves both of them alone") {
  controlled_engine it;
  staying_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return connected(it.running); }));
  const auto id = newest(it);
  CHECK(it.api("POST", "/v1/calls/" + id + "/transfer", R"({"to":"+13125550177"})").status == 202);
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "end_reason") == "transferred");
  CHECK(it.running.left().empty());
  CHECK(it.legs() == 2);
  REQUIRE(becomes([&] { return it.placed->count("client_state_update") == 1; }));
  CHECK(it.placed->count("hangup") == 0);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  REQUIRE(becomes([&] { return it.legs() == 0; }));
  CHECK(lab::metric(it.running.view->get("/metrics").value_or(""), "tandem_calls_total") == 1);
}

TEST_CASE("a transfer that nobody takes leaves the caller with the agent") {
  controlled_engine it;
  staying_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return connected(it.running); }));
  const auto id = newest(it);
  CHECK(it.api("POST", "/v1/calls/" + id + "/transfer", R"({"to":"+13125550101"})").status == 202);
  REQUIRE(becomes([&] {
    return it.api("GET", "/v1/calls/" + id).body.find(R"("transfer_failed":"user_busy")") !=
           std::string::npos;
  }));
  CHECK(it.text(id, "state") == "connected");
  CHECK(it.api("POST", "/v1/calls/" + id + "/say", R"({"text":"Nobody is there."})").status == 202);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(it.running.left().empty());
}

}  // namespace tandem::test
