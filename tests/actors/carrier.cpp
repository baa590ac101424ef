#include "actors/carrier.hpp"

#include "actors/runtime/pinned.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/leg_commands.hpp"
#include "tests/actors/fake_http.hpp"
#include "tests/actors/fixture.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

struct carrier_fixture : fixture {
  carrier_fixture() {
    settings.carrier.api_url = "http://carrier/v2";
    settings.carrier.api_key = "key";
    settings.carrier.connection_id = "app";
    subject = owned(spawn_carrier(host, settings.carrier, http, {.tries = 3, .bound = 2}));
  }

  ~carrier_fixture() { subject = carrier_actor{}; }

  template <class Answer, class Question>
  void ask(Question question, std::vector<Answer>& answers) {
    using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
    caf::actor_config config{&host, nullptr};
    auto ask_it = [this, &answers](asker* self, const Question& asked) {
      self->request(subject, std::chrono::seconds(60), asked).then([&answers](const Answer& answer) {
        answers.push_back(answer);
      });
    };
    system.spawn_functor(std::true_type{}, config, ask_it, std::move(question));
    host.run();
  }

  void command(std::string action) {
    ask(carrier_command{"v3:a/b", std::move(action), R"({"command_id":"1"})"}, outcomes);
  }

  fake_http http;
  carrier_actor subject;
  std::vector<command_outcome> outcomes;
  std::vector<leg_page> pages;
  std::vector<leg_trace> traces;
};

}  // namespace

TEST_CASE_FIXTURE(carrier_fixture, "a command is posted with the key to the call's address") {
  command("answer");
  REQUIRE(http.requests.size() == 1);
  const auto& sent = http.requests[0];
  CHECK(sent.method == "POST");
  CHECK(sent.url == "http://carrier/v2/calls/v3%3Aa%2Fb/actions/answer");
  CHECK(sent.headers[0] == std::pair<std::string, std::string>("Authorization", "Bearer key"));
  CHECK(sent.body == R"({"command_id":"1"})");
  http.answer(200);
  host.run();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].accepted);
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(carrier_fixture, "a command that may be lost is sent again, a bounded number of times") {
  command("hangup");
  for (int tries = 1; tries <= 3; ++tries) {
    REQUIRE(http.requests.size() == static_cast<std::size_t>(tries));
    CHECK(http.requests.back().body == R"({"command_id":"1"})");
    CHECK(outcomes.empty());
    http.answer(tries == 2 ? 0 : 503, "");
    host.advance(std::chrono::seconds(5));
  }
  CHECK(http.requests.size() == 3);
  REQUIRE(outcomes.size() == 1);
  CHECK_FALSE(outcomes[0].accepted);
}

TEST_CASE_FIXTURE(carrier_fixture, "hanging up a call that has ended is a success") {
  command("hangup");
  http.answer(422, R"({"errors":[{"code":"90018","title":"Call has already ended"}]})");
  host.run();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].accepted);
}

TEST_CASE_FIXTURE(carrier_fixture, "answering a call that has ended fails with the carrier's code") {
  command("answer");
  http.answer(422, R"({"errors":[{"code":"90018","title":"Call has already ended"}]})");
  host.run();
  REQUIRE(outcomes.size() == 1);
  CHECK_FALSE(outcomes[0].accepted);
  CHECK(outcomes[0].code == "90018");
}

TEST_CASE_FIXTURE(carrier_fixture, "a call is placed where calls are, and the new leg's id comes back") {
  command("dial");
  CHECK(http.requests[0].url == "http://carrier/v2/calls");
  http.answer(200, R"({"data":{"record_type":"call","call_control_id":"v3:new","is_alive":false}})");
  host.run();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].accepted);
  CHECK(outcomes[0].carrier_call_id == "v3:new");
}

TEST_CASE_FIXTURE(carrier_fixture, "every command for a leg goes to its own address, as it was made") {
  using namespace telnyx;
  const std::pair<std::string, std::string> all[] = {
      {"answer", answer_body({.stream_url = "wss://x", .client_state = "s", .command_id = "1"})},
      {"reject", reject_body("USER_BUSY", "1")},
      {"hangup", hangup_body("1")},
      {"transfer", transfer_body({.to = "+13125550142", .command_id = "1"})},
      {"bridge", bridge_body("v3:other", "1")},
      {"send_dtmf", send_dtmf_body("12#", 0, "1")},
      {"streaming_start", streaming_start_body({.stream_url = "wss://x", .command_id = "1"})},
      {"streaming_stop", streaming_stop_body("", "1")},
      {"record_start", record_start_body(60, "1")},
      {"record_stop", record_stop_body("1")},
      {"playback_start", playback_start_body("https://x/a.mp3", "1")},
      {"playback_stop", playback_stop_body("1")},
      {"speak", speak_body({.text = "Goodbye.", .command_id = "1"})},
      {"client_state_update", client_state_update_body("s")},
  };
  for (const auto& [action, body] : all) {
    CAPTURE(action);
    ask(carrier_command{"v3:a/b", action, body}, outcomes);
    const auto& sent = http.requests.back();
    const bool is_put = action == "client_state_update";
    CHECK(sent.method == (is_put ? "PUT" : "POST"));
    CHECK(sent.url == "http://carrier/v2/calls/v3%3Aa%2Fb/actions/" + action);
    CHECK(sent.body == body);
    // Sent again it is known; to replace a client state twice does no harm.
    CHECK((sent.body.find(R"("command_id":"1")") != std::string::npos) != is_put);
    http.answer(200);
    host.run();
  }
  REQUIRE(outcomes.size() == std::size(all));
  for (const auto& each : outcomes) CHECK(each.accepted);
}

TEST_CASE_FIXTURE(carrier_fixture,
                  "a leg is up when the carrier says so, and down when it does not know it") {
  command("status");
  CHECK(http.requests[0].method == "GET");
  CHECK(http.requests[0].url == "http://carrier/v2/calls/v3%3Aa%2Fb");
  http.answer(200, R"({"data":{"call_control_id":"v3:a/b","client_state":"aGk=","is_alive":true}})");
  command("status");
  http.answer(200, R"({"data":{"call_control_id":"v3:a/b","is_alive":false}})");
  command("status");
  http.answer(404, R"({"errors":[{"code":"10005","title":"Resource not found"}]})");
  command("status");
  http.answer(401, R"({"errors":[{"code":"10009","title":"Authentication failed"}]})");
  host.run();
  REQUIRE(outcomes.size() == 4);
  CHECK((outcomes[0].accepted && outcomes[0].is_alive));
  CHECK((!outcomes[0].is_unclaimed && outcomes[1].is_unclaimed));
  CHECK((outcomes[1].accepted && !outcomes[1].is_alive));
  CHECK((outcomes[2].accepted && !outcomes[2].is_alive));
  CHECK_FALSE(outcomes[3].accepted);
}

TEST_CASE_FIXTURE(carrier_fixture, "the connection's legs are listed page by page") {
  ask(list_legs{}, pages);
  CHECK(http.requests[0].url.starts_with("http://carrier/v2/connections/app/active_calls"));
  http.answer(200, R"({"data":[{"call_control_id":"v3:a","call_leg_id":"leg-a","client_state":"aGVsbG8="},)"
                   R"({"call_control_id":"v3:b","client_state":null}],)"
                   R"("meta":{"cursors":{"after":"next"}}})");
  host.run();
  ask(list_legs{"next"}, pages);
  CHECK(http.requests[1].url.find("after") != std::string::npos);
  http.answer(500, "");
  host.advance(20s);
  http.answer(400, "");
  host.run();
  REQUIRE(pages.size() == 2);
  CHECK(pages[0].complete);
  CHECK(pages[0].after == "next");
  REQUIRE(pages[0].legs.size() == 2);
  CHECK(pages[0].legs[0].client_state == "hello");
  CHECK(pages[0].legs[0].leg_id == "leg-a");
  CHECK_FALSE(pages[0].legs[0].is_unclaimed);
  CHECK(pages[0].legs[1].is_unclaimed);
  CHECK_FALSE(pages[1].complete);
}

TEST_CASE_FIXTURE(carrier_fixture,
                  "a leg's events tell whose it is; a list that cannot be had tells nothing") {
  ask(trace_leg{"leg-a"}, traces);
  CHECK(http.requests[0].method == "GET");
  CHECK(http.requests[0].url.starts_with("http://carrier/v2/call_events?filter%5Bleg_id%5D=leg-a"));
  http.answer(200, R"({"data":[{"call_leg_id":"leg-a","name":"call.initiated","type":"webhook",)"
                   R"("metadata":{"payload":{"direction":"incoming","from":"+1","to":"+2"}}}]})");
  host.run();
  ask(trace_leg{"leg-a"}, traces);
  http.answer(200, R"({"data":[{"call_leg_id":"leg-a","name":"call.answered","type":"webhook"}]})");
  host.run();
  ask(trace_leg{"leg-a"}, traces);
  http.answer(403, "");
  host.run();
  ask(trace_leg{"leg-a"}, traces);
  http.answer(200, "no JSON");
  host.run();
  REQUIRE(traces.size() == 4);
  CHECK(traces[0].direction == "incoming");
  CHECK(traces[0].from == "+1");
  CHECK_FALSE(traces[0].is_handled);
  CHECK(traces[1].is_handled);
  for (std::size_t each : {2U, 3U}) CHECK((traces[each].direction.empty() && !traces[each].is_handled));
}

TEST_CASE_FIXTURE(carrier_fixture,
                  "a rate limit holds everything back until it is over, and counts as no try") {
  command("hangup");
  for (std::size_t round = 0; round < 4; ++round) {
    REQUIRE(http.requests.size() == round + 1);
    http.limit(round, 429, "0", "2");
    host.advance(1900ms);
    CHECK(http.requests.size() == round + 1);
    host.advance(200ms);
  }
  REQUIRE(http.requests.size() == 5);
  http.limit(4, 200, "0", "3");
  host.run();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].accepted);
  command("answer");
  CHECK(http.requests.size() == 5);
  host.advance(3100ms);
  REQUIRE(http.requests.size() == 6);
  http.limit(5, 200, "17", "60");
  command("answer");
  REQUIRE(http.requests.size() == 7);
  http.answer(200);
  host.run();
  CHECK(outcomes.size() == 3);
}

TEST_CASE_FIXTURE(carrier_fixture, "a command that is held back for too long fails") {
  command("hangup");
  std::size_t answered = 0;
  for (int i = 0; i < 30 && outcomes.empty(); ++i) {
    if (http.requests.size() > answered) http.limit(answered++, 429, "0", "600");
    host.advance(1s);
  }
  REQUIRE(outcomes.size() == 1);
  CHECK_FALSE(outcomes[0].accepted);
  CHECK(outcomes[0].detail.find("rate limit") != std::string::npos);
}

TEST_CASE_FIXTURE(carrier_fixture, "only so many requests are on the wire at once; the others come in turn") {
  subject = owned(spawn_carrier(host, settings.carrier, http, {.at_once = 2}));
  for (const auto* each : {"answer", "hangup", "transfer"}) command(each);
  REQUIRE(http.requests.size() == 2);
  http.answers[0]({.status = 200});
  host.run();
  REQUIRE(http.requests.size() == 3);
  CHECK(http.requests[2].url.ends_with("/transfer"));
  for (const auto which : {1, 2}) http.answers[static_cast<std::size_t>(which)]({.status = 200});
  host.run();
  CHECK(outcomes.size() == 3);
}

TEST_CASE_FIXTURE(carrier_fixture,
                  "rejects wait behind all other commands, and for no more than their share") {
  subject = owned(spawn_carrier(host, settings.carrier, http, {.at_once = 1, .bound = 6, .rejects = 3}));
  for (const auto* each : {"answer", "reject", "reject", "reject", "reject", "hangup", "transfer", "hangup"})
    command(each);
  // The fourth reject is beyond their share, the last hang-up beyond the bound of all.
  CHECK(outcomes.size() == 2);
  for (const auto* each : {"/answer", "/hangup", "/transfer", "/reject", "/reject", "/reject"}) {
    CHECK(http.requests.back().url.ends_with(each));
    http.answer(200);
    host.run();
  }
  CHECK(http.requests.size() == 6);
  CHECK(outcomes.size() == 8);
}

TEST_CASE_FIXTURE(carrier_fixture, "a reject that is held back stays behind the others") {
  command("reject");
  http.limit(0, 429, "0", "2");
  command("hangup");
  host.advance(2100ms);
  REQUIRE(http.requests.size() == 3);
  CHECK(http.requests[1].url.ends_with("/hangup"));
  CHECK(http.requests[2].url.ends_with("/reject"));
  for (const auto which : {1U, 2U}) http.answers[which]({.status = 200});
  host.run();
  CHECK(outcomes.size() == 2);
}

TEST_CASE_FIXTURE(carrier_fixture, "commands beyond the bound fail at once") {
  command("answer");
  command("answer");
  command("answer");
  CHECK(http.requests.size() == 2);
  REQUIRE(outcomes.size() == 1);
  CHECK_FALSE(outcomes[0].accepted);
  for (const auto& answer : http.answers) answer({.status = 200});
  host.run();
  CHECK(outcomes.size() == 3);
}

}  // namespace tandem::test
