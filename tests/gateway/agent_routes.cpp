#include "actors/admission.hpp"
#include "actors/agents/script_file.hpp"
#include "actors/node.hpp"
#include "actors/runtime/census.hpp"
#include "gateway/network/network_client.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "protocols/json.hpp"
#include "tests/actors/agents/shipped_file.hpp"
#include "tests/gateway/network/network.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <prometheus/registry.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

struct actor_config : caf::actor_system_config {
  actor_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
    add_message_types<caf::id_block::tandem>();
  }
};

/// What came of a request, parsed.
struct answered {
  explicit answered(server_answer from) : status(from.status), text(std::move(from.body)) {
    REQUIRE(document.parse({text.data(), text.size()}) == json::fault::none);
  }
  const json::value& root() const { return document.root(); }
  std::string code() const {
    const auto* error = json::find(root(), "error");
    return error == nullptr ? "" : std::string(json::text_or(*error, "code"));
  }
  std::string script() const {
    const auto* dialogue = json::find(root(), "script");
    return dialogue == nullptr ? "" : std::string(json::text_or(*dialogue, "text"));
  }
  std::vector<std::string> replies() const {
    std::vector<std::string> all;
    for (const auto& each : json::elements(root(), "replies")) all.emplace_back(json::text_or(each, "text"));
    return all;
  }

  unsigned status;
  std::string text;
  json::document document;
};

/// The admin side of an engine whose calls have the shipped script; nobody calls.
struct agent_fixture {
  agent_fixture() {
    loop.start();
    auto calls = std::make_shared<call_settings>();
    auto dialogue = load_script(shipped);
    REQUIRE(dialogue);
    calls->agent.dialogue = std::make_shared<const script>(std::move(*dialogue));
    calls->agent.dialogue_file = "agents/book-a-table.json";
    services shared;
    shared.node = "n";
    shared.epoch = "1";
    shared.measure = &measure;
    auto door = std::make_shared<admission>(admission_limits{}, 1, 100ms, measure);
    ask_actors.emplace(loop);
    node = spawn_node(loop, {&loop}, door, calls, shared);
    route_context made;
    made.values = &values;
    made.loops = {&loop};
    made.door = door;
    made.node = node;
    made.http = http.get();
    made.ask = &*ask_actors;
    made.measure = &measure;
    context = std::make_shared<const route_context>(std::move(made));
  }

  ~agent_fixture() {
    context = nullptr;
    ask_actors.reset();
    caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
    node = node_actor{};
    system.await_all_actors_done();
    http.reset();
    loop.stop();
  }

  answered ask(const std::string& method, const std::string& path, std::string body = {}) {
    auto got = std::make_shared<std::promise<server_answer>>();
    auto answer = got->get_future();
    dispatch(context, {.head = {.method = method, .path = path}, .body = std::move(body)},
             [got](server_answer made) { got->set_value(std::move(made)); });
    REQUIRE(answer.wait_for(test::patience) == std::future_status::ready);
    return answered(answer.get());
  }

  /// A body that has this script, and perhaps more.
  static std::string with(const std::string& script, const std::string& more = {}) {
    std::string body = R"({"script":)";
    json::append_quoted(body, script);
    return body + more + "}";
  }

  /// The shipped script with other words in it.
  static std::string edited(std::string_view words, std::string_view by) {
    auto text = shipped;
    return text.replace(text.find(words), words.size(), by);
  }

  static inline const std::string shipped = shipped_file("agents/book-a-table.json");

  settings values;
  prometheus::Registry registry;
  metrics measure{registry};
  actor_config config;
  caf::actor_system system{config};
  asio_loop loop{system, 0};
  std::unique_ptr<http_client> http = make_http_client();
  std::optional<portal> ask_actors;
  node_actor node;
  std::shared_ptr<const route_context> context;
};

const std::string friday = R"("turns":[{"role":"caller","text":"A table on Friday, please."}])";

}  // namespace

TEST_CASE_FIXTURE(agent_fixture, "the agent of new calls is shown with its script") {
  const auto shown = ask("GET", "/v1/agent");
  CHECK(shown.status == 200);
  CHECK(json::text(shown.root(), "kind") == "script");
  CHECK(shown.script() == shipped);
  const auto* dialogue = json::find(shown.root(), "script");
  CHECK(json::text(*dialogue, "file") == "agents/book-a-table.json");
  CHECK(json::integer(*json::find(*dialogue, "summary"), "nodes") == 6);
  CHECK(json::boolean(shown.root(), "changed") == false);
}

TEST_CASE_FIXTURE(agent_fixture, "a script is checked as it would be at the start, and changes nothing") {
  const auto good = ask("POST", "/v1/agent/check", with(shipped));
  CHECK(good.status == 200);
  CHECK(json::elements(good.root(), "faults").empty());
  CHECK(json::integer(*json::find(good.root(), "summary"), "slots") == 4);
  const auto bad = ask("POST", "/v1/agent/check", with(edited("\"start\": \"day\"", "\"start\": \"night\"")));
  CHECK(bad.status == 200);
  const auto faults = json::elements(bad.root(), "faults");
  REQUIRE(!faults.empty());
  CHECK(json::integer(faults[0], "line") == 4);
  CHECK(json::text_or(faults[0], "message").starts_with("start: there is no node \"night\""));
  CHECK(json::find(bad.root(), "summary") == nullptr);
  const auto none = ask("POST", "/v1/agent/check", with("{\n\"version\":}"));
  CHECK(json::integer(json::elements(none.root(), "faults")[0], "line") == 2);
  CHECK(ask("GET", "/v1/agent").script() == shipped);
}

TEST_CASE_FIXTURE(agent_fixture, "what is no script to check is refused") {
  for (const auto* wrong : {"{}", R"({"script":1})", R"({"script":"{}","model":"m"})", R"({"text":"{}"})"}) {
    CAPTURE(wrong);
    CHECK(ask("POST", "/v1/agent/check", wrong).code() == "bad_request");
  }
  CHECK(ask("POST", "/v1/agent/check", "[").code() == "bad_json");
  CHECK(ask("POST", "/v1/agent/check", with(std::string(1024 * 1024, ' '))).status == 413);
}

TEST_CASE_FIXTURE(agent_fixture, "new calls get what is changed, which no file has") {
  const auto text = edited("gladly", "with pleasure");
  const auto changed = ask("PATCH", "/v1/agent", with(text, R"(,"greeting":"Good evening.","live":true)"));
  CHECK(changed.status == 200);
  CHECK(json::boolean(changed.root(), "changed") == true);
  CHECK(json::boolean(changed.root(), "saved") == false);
  CHECK(json::integer(changed.root(), "applied_to") == 0);
  const auto now = ask("GET", "/v1/agent");
  CHECK(now.script() == text);
  CHECK(json::text(*json::find(now.root(), "script"), "file") == "");
  CHECK(json::text(now.root(), "greeting") == "Good evening.");
  const auto talk = ask("POST", "/v1/agent/conversation", "{" + friday + "}");
  CHECK(talk.replies() == std::vector<std::string>{
                              "Good evening.", "Friday, with pleasure. What time would you like to come?"});
}

TEST_CASE_FIXTURE(agent_fixture, "a change that cannot be changes nothing") {
  const auto bad = ask("PATCH", "/v1/agent", with("{}", R"(,"greeting":"Hello.")"));
  CHECK(bad.status == 400);
  CHECK(bad.code() == "bad_script");
  CHECK(json::elements(*json::find(bad.root(), "error"), "faults").size() > 1);
  for (const auto* wrong : {"{}", R"({"live":true})", R"({"greeting":"Hello.","live":"yes"})",
                            R"({"kind":"echo"})", R"({"greeting":null,"model":7})"}) {
    CAPTURE(wrong);
    CHECK(ask("PATCH", "/v1/agent", wrong).code() == "bad_agent");
  }
  CHECK(ask("PATCH", "/v1/agent", with(std::string(1024 * 1024, ' '))).status == 413);
  const auto now = ask("GET", "/v1/agent");
  CHECK(json::text(now.root(), "greeting") == "");
  CHECK(json::boolean(now.root(), "changed") == false);
}

TEST_CASE_FIXTURE(agent_fixture, "a conversation tries a script that no call has yet") {
  const auto talk =
      ask("POST", "/v1/agent/conversation", with(edited("gladly", "with pleasure"), "," + friday));
  REQUIRE(talk.replies().size() == 2);
  CHECK(talk.replies()[1] == "Friday, with pleasure. What time would you like to come?");
  CHECK(ask("GET", "/v1/agent").script() == shipped);
  const auto begins = ask("POST", "/v1/agent/conversation");
  REQUIRE(begins.replies().size() == 1);
  CHECK(begins.replies()[0].starts_with("Good day, this is the Blue Door restaurant."));
}

TEST_CASE_FIXTURE(agent_fixture, "a conversation that cannot be is refused") {
  CHECK(ask("POST", "/v1/agent/conversation", with("{}", "," + friday)).code() == "bad_script");
  CHECK(ask("POST", "/v1/agent/conversation", R"({"turns":[{"role":"agent","text":"Yes?"}]})").code() ==
        "bad_request");
  CHECK(ask("POST", "/v1/agent/conversation", R"({"live":true})").code() == "bad_agent");
  CHECK(ask("GET", "/v1/agent/conversation").status == 405);
}

TEST_CASE_FIXTURE(agent_fixture, "only a few conversations are held at once") {
  {
    const counted_actor one(actor_kind::rehearsal);
    const counted_actor two(actor_kind::rehearsal);
    const counted_actor three(actor_kind::rehearsal);
    CHECK(ask("POST", "/v1/agent/conversation").status == 200);
  }
  const counted_actor all[4] = {counted_actor(actor_kind::rehearsal), counted_actor(actor_kind::rehearsal),
                                counted_actor(actor_kind::rehearsal), counted_actor(actor_kind::rehearsal)};
  CHECK(ask("POST", "/v1/agent/conversation").code() == "too_many");
}
