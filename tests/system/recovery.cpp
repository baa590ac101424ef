#include "protocols/telnyx/dial.hpp"
#include "protocols/url.hpp"
#include "tests/system/control_fixture.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// Callers who ring for a long time, and whose webhooks are sent once.
void ring_long(lab::carrier_options& line) {
  line.first_command = 60s;
  line.delivery.tries = 1;
}

/// How often the engine has said this since it started.
std::size_t times_said(const running_engine& running, std::string_view text) {
  const auto all = running.engine->output();
  std::size_t count = 0;
  for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
  return count;
}

/// A caller comes, and the engine is killed between its acknowledgement of the webhook and its answer.
std::future<lab::call_outcome> die_before_answer(controlled_engine& it, lab::person& caller) {
  it.placed->answer_instead("answer", 1000, {.status = 503, .body = "{}"});
  auto over = it.running.place(caller);
  REQUIRE(becomes([&] { return it.placed->count("answer") > 0; }));
  it.kill();
  it.placed->answer_instead("answer", 0, {});
  return over;
}

}  // namespace

TEST_CASE("a caller whom a killed engine acknowledged and did not answer is answered by its next start") {
  controlled_engine it(ring_long);
  staying_caller caller;
  auto over = die_before_answer(it, caller);
  it.running.start_again();
  REQUIRE(becomes([&] { return connected(it.running); }));
  const auto id = it.running.view->newest_call().id;
  CHECK(it.text(id, "from") == "+13125550100");
  CHECK(it.text(id, "to") == "+13125550142");
  REQUIRE(becomes(
      [&] { return it.api("POST", "/v1/calls/" + id + "/say", R"({"text":"hello"})").status == 202; }));
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  const auto how = over.get();
  CHECK(how.ended_by == "caller");
  CHECK(how.streams == 1);
  CHECK(it.text(id, "end_reason") == "caller_hung_up");
  CHECK(it.placed->count("hangup") == 0);
  CHECK(it.running.left().empty());
}

TEST_CASE("without the carrier's list of events the caller is answered all the same") {
  controlled_engine it(ring_long);
  it.placed->answer_instead("events", 1000, {.status = 403, .body = "{}"});
  staying_caller caller;
  auto over = die_before_answer(it, caller);
  it.running.start_again();
  REQUIRE(becomes([&] { return connected(it.running); }));
  const auto id = it.running.view->newest_call().id;
  // The stream says them.
  CHECK(it.becomes_text(id, "from", "+13125550100"));
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().streams == 1);
  CHECK(it.running.left().empty());
}

TEST_CASE("of callers who came while the engine was down those beyond the limit are turned away") {
  controlled_engine it(ring_long);
  it.kill();
  staying_caller callers[2];
  std::future<lab::call_outcome> over[2];
  for (int i = 0; i < 2; ++i) over[i] = it.running.place(callers[i]);
  it.running.start_again({"--limits.max_calls=1"});
  REQUIRE(becomes([&] { return connected(it.running) && it.legs() == 1; }));
  for (auto& each : callers) each.leaving = true;
  std::vector<std::string> ends;
  for (auto& each : over) {
    REQUIRE(each.wait_for(patience) == std::future_status::ready);
    ends.push_back(each.get().ended_by);
  }
  std::ranges::sort(ends);
  CHECK(ends == std::vector<std::string>{"caller", "rejected"});
  CHECK(it.running.left().empty());
}

TEST_CASE("an engine that starts leaves alone what another program dialled or answered") {
  controlled_engine it(ring_long);
  it.kill();
  staying_caller caller;
  auto over = it.running.place(caller);
  auto listed = telnyx::read_active_calls(it.carrier_api("GET", "/connections/app/active_calls").body);
  REQUIRE((listed && listed->legs.size() == 1));
  std::string path = "/calls/";
  url::append_encoded(path, listed->legs[0].call_control_id);
  REQUIRE(it.carrier_api("POST", path + "/actions/answer", "{}").status == 200);
  const auto dial = R"({"connection_id":"app","to":"+13125550142","from":"+13125550100"})";
  REQUIRE(it.carrier_api("POST", "/calls", dial).status == 200);
  it.running.start_again();
  REQUIRE(becomes([&] { return times_said(it.running, "it is left alone") == 2; }));
  CHECK(it.legs() == 2);
  CHECK(it.placed->count("answer") == 1);
  CHECK(it.placed->count("hangup") + it.placed->count("reject") == 0);
  caller.leaving = it.placed->somebody.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(it.running.left().empty());
}

TEST_CASE("a leg that another program dialled refuses our answer, and goes on") {
  controlled_engine it(ring_long);
  it.placed->answer_instead("events", 1000, {.status = 403, .body = "{}"});
  it.kill();
  const auto dial = R"({"connection_id":"app","to":"+13125550142","from":"+13125550100"})";
  REQUIRE(it.carrier_api("POST", "/calls", dial).status == 200);
  it.running.start_again();
  REQUIRE(becomes([&] { return it.running.engine->said("code=90102"); }));
  CHECK(it.running.left().empty());
  CHECK(it.legs() == 1);
  CHECK(it.placed->count("hangup") + it.placed->count("reject") == 0);
  it.placed->somebody.leaving = true;
  CHECK(becomes([&] { return it.legs() == 0; }));
}

}  // namespace tandem::test
