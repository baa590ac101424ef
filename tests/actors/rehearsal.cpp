#include "actors/rehearsal.hpp"

#include "actors/agents/script_file.hpp"
#include "actors/agents/toolbox.hpp"
#include "actors/runtime/pinned.hpp"
#include "tests/actors/agents/shipped_file.hpp"
#include "tests/actors/fake_http.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

/// Outlives the actors that hold its exchanges.
struct with_http {
  fake_http http;
};

struct rehearsal_fixture : with_http, fixture {
  rehearsal_fixture() {
    settings.agent.kind = "script";
    auto dialogue = load_script(shipped_file("agents/book-a-table.json"));
    REQUIRE(dialogue);
    settings.agent.dialogue = std::make_shared<const script>(std::move(*dialogue));
  }

  /// Has a model answer, at a server that is the test.
  void use_model() {
    settings.agent.kind = "openai";
    settings.agent.url = "http://127.0.0.1:1/v1";
    settings.agent.model = "small";
  }

  static rehearsed_turn caller(std::string text) { return {speaker::caller, std::move(text)}; }
  static rehearsed_turn agent(std::string text) { return {speaker::agent, std::move(text)}; }

  void begin(std::vector<rehearsed_turn> so_far) {
    held.reset();
    using one_who_asks = pinned<actor_kind::gateway, caf::event_based_actor>;
    caf::actor_config config{&host, nullptr};
    auto ask_it = [this](one_who_asks* self, const rehearse& question) {
      self->request(spawn_rehearsal(host, http), 20s, question).then([this](rehearsal& got) {
        held = std::move(got);
      });
    };
    asker = owned(system.spawn_functor(std::true_type{}, config, ask_it,
                                       rehearse{shared_settings(), "test-1", std::move(so_far)}));
    host.run();
  }

  const rehearsal& result() {
    host.advance(100ms);
    asker = {};
    REQUIRE(held);
    return *held;
  }

  texts replies(std::vector<rehearsed_turn> so_far) {
    begin(std::move(so_far));
    texts all;
    for (const auto& each : result().replies) all.push_back(each.text);
    return all;
  }

  void part(std::string_view bytes) {
    const auto take = http.requests.back().part;
    take(bytes);
    host.run();
  }
  void reply(const std::string& text) {
    part(R"(data: {"choices":[{"delta":{"content":")" + text + "\"}}]}\n\n");
    part("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
  }
  bool asked_with(std::string_view words) const {
    return http.requests.back().body.find(words) != std::string::npos;
  }

  caf::actor asker;
  std::optional<rehearsal> held;
};

}  // namespace

TEST_CASE_FIXTURE(rehearsal_fixture, "a script greets, and replies to everything from the beginning on") {
  const auto all = replies({caller("A table on Friday, please."), caller("At half past seven.")});
  REQUIRE(all.size() == 3);
  CHECK(all[0].starts_with("Good day, this is the Blue Door restaurant."));
  CHECK(all[1] == "Friday, gladly. What time would you like to come?");
  CHECK(all[2] == "Seven thirty is free. How many people will you be?");
  CHECK(comes_to(actor_kind::rehearsal, 0));
  CHECK(http.requests.empty());
}

TEST_CASE_FIXTURE(rehearsal_fixture, "a configured greeting goes before the script's own") {
  settings.turns.greeting = "Hello from the test.";
  CHECK(replies({}) == texts{"Hello from the test."});
}

TEST_CASE_FIXTURE(rehearsal_fixture, "what the agent is said to have said does not matter to a script") {
  const auto all = replies({agent("Nonsense."), caller("A table on Friday, please.")});
  CHECK(all.size() == 2);
  CHECK(all.back() == "Friday, gladly. What time would you like to come?");
}

TEST_CASE_FIXTURE(rehearsal_fixture, "nobody replies once the script has hung up; its notes are told") {
  begin({caller("Never call me again."), caller("Hello?")});
  const auto& all = result().replies;
  REQUIRE(all.size() == 2);
  CHECK(all[1].how.then == turns::next::hang_up);
  REQUIRE(!all[1].notes.empty());
  CHECK(all[1].notes.back().key == "do_not_call");
}

TEST_CASE_FIXTURE(rehearsal_fixture, "echo says nothing first") {
  settings.agent.kind = "echo";
  CHECK(replies({caller("One two.")}) == texts{"", "One two."});
}

TEST_CASE_FIXTURE(rehearsal_fixture, "a model is asked once, and told all that was said before") {
  use_model();
  begin({agent("Good day."), caller("Hello."), agent("Which table?"), caller("The small one.")});
  REQUIRE(http.requests.size() == 1);
  for (const auto* said : {"Good day.", "Hello.", "Which table?", "The small one."}) {
    CAPTURE(said);
    CHECK(asked_with(said));
  }
  reply("Gladly. It is yours.");
  part("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n");
  const auto& told = result();
  REQUIRE(told.replies.size() == 1);
  CHECK(told.replies[0].text == "Gladly. It is yours.");
  CHECK(told.replies[0].failure.empty());
  CHECK(http.requests.size() == 1);
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(rehearsal_fixture, "a model greets where no greeting is configured") {
  use_model();
  begin({});
  CHECK(asked_with("The call begins."));
  reply("Welcome.");
  CHECK(result().replies.at(0).text == "Welcome.");
}

TEST_CASE_FIXTURE(rehearsal_fixture, "tools are not run, of which the model is told") {
  use_model();
  auto tools = load_toolbox(R"({"version":1,"tools":[{"name":"find_order","description":"d",
                               "url":"http://127.0.0.1:1/orders"}]})");
  REQUIRE(tools);
  settings.agent.tools = std::make_shared<const toolbox>(std::move(*tools));
  begin({caller("Where is my order?")});
  CHECK(asked_with("find_order"));
  part(R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":)"
       R"({"name":"find_order","arguments":"{}"}}]}}]})"
       "\n\n");
  part("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n");
  http.answers.back()({.status = 200});
  host.advance(1s);
  REQUIRE(http.requests.size() == 2);
  CHECK(asked_with("tools are not run in a test conversation"));
  reply("I cannot see it now.");
  const auto& told = result();
  CHECK(told.replies.at(0).text == "I cannot see it now.");
  CHECK(told.replies.at(0).left_out == texts{"tool find_order"});
}

TEST_CASE_FIXTURE(rehearsal_fixture, "a model that does not answer in time is said to have failed") {
  use_model();
  settings.turns.agent_timeout = 2s;
  settings.turns.fallback_reply = "Sorry, once more?";
  begin({caller("Hello.")});
  host.advance(1900ms);
  CHECK_FALSE(held);
  const auto& told = result();
  CHECK(told.replies.at(0).text == "Sorry, once more?");
  CHECK(told.replies.at(0).failure == "the agent took too long");
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(rehearsal_fixture, "a model that goes on and on is cut off with what it has said") {
  use_model();
  begin({caller("Tell me everything.")});
  for (int i = 0; i < 8; ++i) {
    part("data: {\"choices\":[{\"delta\":{\"content\":\"One more thing. \"}}]}\n\n");
    host.advance(1s);
  }
  CHECK_FALSE(held);
  host.advance(1s);
  const auto& told = result();
  CHECK(told.replies.at(0).text.starts_with("One more thing. One more thing."));
  CHECK(told.replies.at(0).failure == "the agent took too long");
}

TEST_CASE_FIXTURE(rehearsal_fixture, "a server of the operator's sees that it is a test") {
  settings.agent.kind = "webhook";
  settings.agent.url = "http://127.0.0.1:1/events";
  begin({caller("Hello.")});
  CHECK(asked_with(R"("test":"true")"));
  CHECK(asked_with("test-1"));
  http.answers.back()(
      {.status = 200, .body = R"({"actions":[{"say":"Good day."},{"dtmf":"12"},{"hang_up":true}]})"});
  const auto& told = result();
  CHECK(told.replies.at(0).text == "Good day.");
  CHECK(told.replies.at(0).left_out == texts{"keys 12"});
  CHECK(told.replies.at(0).how.then == turns::next::hang_up);
}

TEST_CASE_FIXTURE(rehearsal_fixture, "a conversation ends with whoever asked for it") {
  use_model();
  begin({caller("Hello.")});
  CHECK(live(actor_kind::rehearsal) == 1);
  end(asker);
  asker = {};
  CHECK(comes_to(actor_kind::rehearsal, 0));
  CHECK(http.open == 0);
}

}  // namespace tandem::test
