#include "actors/carrier.hpp"

#include "actors/runtime/http.hpp"
#include "tests/actors/fixture.hpp"

namespace tandem::test {

namespace {

/// An HTTP client whose server is the test.
struct fake_http final : http_client {
  struct exchange final : http_exchange {
    explicit exchange(std::size_t& open) : open_(open) { ++open_; }
    ~exchange() override { --open_; }
    std::size_t& open_;
  };

  std::unique_ptr<http_exchange> send(loop&, http_request request,
                                      std::function<void(http_answer)> done) override {
    requests.push_back(std::move(request));
    answers.push_back(std::move(done));
    return std::make_unique<exchange>(open);
  }

  void answer(unsigned status, std::string body = R"({"data":{"result":"ok"}})") {
    answers.back()({.status = status, .body = std::move(body)});
  }

  std::vector<http_request> requests;
  std::vector<std::function<void(http_answer)>> answers;
  std::size_t open = 0;
};

struct carrier_fixture : fixture {
  carrier_fixture() {
    settings.carrier.api_url = "http://carrier/v2";
    settings.carrier.api_key = "key";
    subject = owned(spawn_carrier(host, settings.carrier, http, {.tries = 3, .bound = 2}));
  }

  ~carrier_fixture() { subject = carrier_actor{}; }

  void command(std::string action) {
    using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
    caf::actor_config config{&host, nullptr};
    auto ask = [this](asker* self, const carrier_command& command) {
      self->request(subject, std::chrono::seconds(60), command).then([this](const command_outcome& outcome) {
        outcomes.push_back(outcome);
      });
    };
    system.spawn_functor(std::true_type{}, config, ask,
                         carrier_command{"v3:a/b", std::move(action), R"({"command_id":"1"})"});
    host.run();
  }

  fake_http http;
  carrier_actor subject;
  std::vector<command_outcome> outcomes;
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
