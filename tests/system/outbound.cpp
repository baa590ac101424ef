#include "tests/system/control_fixture.hpp"
#include "tests/system/shown_metrics.hpp"

#include <set>
#include <signal.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// How a placed call is told by both sides in the end.
void check_end(controlled_engine& it, const std::string& number, std::string_view reason, bool answered,
               const std::string& more = {}) {
  const auto made = it.place(number, more);
  REQUIRE(made.status == 201);
  const auto id = controlled_engine::text_of(made.body, "id");
  CHECK(controlled_engine::text_of(made.body, "state") == "ringing");
  CHECK(controlled_engine::text_of(made.body, "direction") == "outgoing");
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "end_reason") == reason);
  REQUIRE(becomes([&] { return it.legs() == 0; }));
  REQUIRE(becomes([&] { return !it.placed->ended().empty(); }));
  CHECK(it.placed->ended().back().to == number);
  CHECK(it.placed->ended().back().answered == answered);
  CHECK(it.running.left().empty());
  CHECK(shown_metrics(it.running).calls(std::string(reason), "outgoing") == 1);
}

}  // namespace

TEST_CASE("a placed call that is busy ends as busy") {
  controlled_engine it;
  check_end(it, "+13125550101", "busy", false);
}

TEST_CASE("a placed call that nobody answers ends as not answered") {
  controlled_engine it;
  check_end(it, "+13125550102", "no_answer", false);
}

TEST_CASE("a placed call that is rejected, or whose number does not exist, says so") {
  controlled_engine it;
  check_end(it, "+13125550104", "rejected", false);
  check_end(it, "+13125550105", "unreachable", false);
}

TEST_CASE("a placed call that a machine answers ends, and is hung up") {
  controlled_engine it;
  check_end(it, "+13125550103", "machine", true, R"(,"machine_detection":"premium")");
  CHECK(it.placed->ended().back().ended_by == "engine");
}

TEST_CASE("a placed call that is answered streams, is talked on, pressed and ended through the API") {
  controlled_engine it;
  const auto made = it.place("+13125550142", R"(,"agent":{"kind":"echo","greeting":"Good morning."},)"
                                             R"("metadata":{"order":"17"},"machine_detection":"detect")");
  REQUIRE(made.status == 201);
  const auto id = controlled_engine::text_of(made.body, "id");
  REQUIRE(it.becomes_text(id, "state", "connected"));
  const auto path = "/v1/calls/" + id;
  REQUIRE(becomes(
      [&] { return it.api("GET", path + "/transcript").body.find("Good morning.") != std::string::npos; }));
  CHECK(it.api("POST", path + "/say", R"({"text":"One more thing."})").status == 202);
  CHECK(becomes(
      [&] { return it.api("GET", path + "/transcript").body.find("One more thing.") != std::string::npos; }));
  CHECK(it.api("POST", path + "/dtmf", R"({"digits":"12#"})").status == 202);
  REQUIRE(becomes([&] { return it.placed->count("send_dtmf") == 1; }));
  CHECK(it.api("POST", path + "/hangup", "{}").status == 202);
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "end_reason") == "api_hung_up");
  REQUIRE(becomes([&] { return !it.placed->ended().empty(); }));
  CHECK(it.placed->ended().back().keys == "12#");
  CHECK(it.placed->ended().back().ended_by == "engine");
  const auto record = it.api("GET", path).body;
  CHECK(record.find(R"("order":"17")") != std::string::npos);
  CHECK(record.find(R"("answered_by":"human")") != std::string::npos);
  CHECK(it.running.left().empty());
}

TEST_CASE("whoever is called may hang up") {
  controlled_engine it;
  const auto id = controlled_engine::text_of(it.place("+13125550142").body, "id");
  REQUIRE(it.becomes_text(id, "state", "connected"));
  REQUIRE(becomes([&] { return it.placed->count("dial") == 1; }));
  it.placed->somebody.leaving = true;
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "end_reason") == "caller_hung_up");
  CHECK(it.placed->count("hangup") == 0);
  CHECK(it.running.left().empty());
}

TEST_CASE("an engine that is killed and back within a second gives no call an id that was given before") {
  controlled_engine it;
  std::set<std::string> ids;
  for (int start = 1; start <= 4; ++start) {
    const auto made = it.place("+13125550110");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    const auto id = controlled_engine::text_of(made.body, "id");
    CHECK_MESSAGE(ids.insert(id).second, id, " at start ", start);
    it.running.engine->signal(SIGKILL);
    it.running.engine->wait_end(30s);
    it.running.start_again();
  }
  REQUIRE(becomes([&] { return it.legs() == 0; }));
  CHECK(it.running.left().empty());
}

TEST_CASE("beyond the limit no call is placed, and the API says when to try again") {
  controlled_engine it({}, {"--limits.max_calls=1", "--limits.retry_after_seconds=9"});
  const auto id = controlled_engine::text_of(it.place("+13125550142").body, "id");
  REQUIRE(it.becomes_text(id, "state", "connected"));
  const auto refused = it.place("+13125550143");
  CHECK(refused.status == 429);
  CHECK(header(refused, "retry-after") == "9");
  CHECK(it.placed->count("dial") == 1);
  CHECK(it.api("POST", "/v1/calls/" + id + "/hangup").status == 202);
  CHECK(it.running.left().empty());
}

TEST_CASE("what the API cannot do it refuses with the reason") {
  controlled_engine it({}, {"--server.api_token="});
  CHECK(it.place("12345").status == 400);
  CHECK(it.place("+13125550142", R"(,"agent":{"colour":"red"})").status == 400);
  CHECK(it.place("+13125550142", R"(,"metadata":[1])").status == 400);
  CHECK(it.place("+13125550142", R"(,"ring_seconds":1)").status == 400);
  CHECK(it.place("+13125550142", R"(,"colour":"red")").status == 400);
  CHECK(it.api("POST", "/v1/calls", "no json").status == 400);
  CHECK(it.api("POST", "/v1/calls/nobody/hangup").status == 404);
  CHECK(it.api("POST", "/v1/calls/nobody/dance").status == 404);
  const auto refused = it.api("DELETE", "/v1/calls");
  CHECK(refused.status == 405);
  CHECK(refused.body.find("GET, POST") != std::string::npos);
  const auto id = controlled_engine::text_of(it.place("+13125550101").body, "id");
  REQUIRE(it.becomes_text(id, "state", "ended"));
  const auto late = it.api("POST", "/v1/calls/" + id + "/say", R"({"text":"hello"})");
  CHECK(late.status == 409);
  CHECK(controlled_engine::text_of(late.body, "state") == "ended");
  CHECK(it.api("POST", "/v1/calls/" + id + "/say", R"({"text":""})").status == 400);
  CHECK(it.api("POST", "/v1/calls/" + id + "/dtmf", R"({"digits":"x"})").status == 400);
  CHECK(it.running.left().empty());
}

TEST_CASE("without the token the API places nothing") {
  controlled_engine it({}, {"--server.api_token=a-token-of-the-test"});
  CHECK(it.place("+13125550142").status == 401);
  CHECK(it.api("POST", "/v1/calls/nobody/hangup").status == 401);
  CHECK(it.placed->count("dial") == 0);
}

}  // namespace tandem::test
