#include "gateway/network/http_server.hpp"
#include "gateway/signature.hpp"
#include "protocols/events/delivery.hpp"
#include "protocols/json.hpp"
#include "tests/system/control_fixture.hpp"
#include "tests/system/event_reader.hpp"
#include "tests/system/pressing_caller.hpp"

#include <atomic>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view secret = "secret-of-the-agent";

/// The operator's server: keeps what it is posted and answers what it is told to.
class agent_server {
 public:
  struct answer {
    std::vector<std::string> lines;
    std::chrono::milliseconds between{0};
    /// When given, the answer is this at once, as JSON.
    std::string whole{};
  };

  agent_server()
      : server_({&loops_.first()}, server_settings{},
                server_handlers{
                    .on_request = [this](const server_request& request,
                                         const respond& reply) { take(request, reply); },
                    .on_upgrade = [](std::unique_ptr<upgrade> stream) { stream->refuse({.status = 404}); }}) {
    server_.start();
  }
  ~agent_server() {
    loops_.run([this] { timers_.clear(); });
    server_.stop();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/agent"; }

  /// By the name of an event; for any other there is nothing to do.
  std::map<std::string, answer, std::less<>> answers;

  std::vector<std::string> events() {
    std::vector<std::string> all;
    loops_.run([&] { all = names_; });
    return all;
  }
  std::string body(std::size_t which) {
    std::string out;
    loops_.run([&] { out = bodies_.at(which); });
    return out;
  }
  std::atomic<unsigned> forged{0};

 private:
  void take(const server_request& request, const respond& reply) {
    const auto header = std::string(request.head.header("tandem-signature"));
    const auto time = std::strtoll(header.c_str() + 2, nullptr, 10);
    const auto mac = hmac_sha256(secret, signed_text(time, request.body));
    if (header != signature_header(time, mac)) ++forged;
    auto copy = request.body;
    json::document document;
    if (document.parse(copy) != json::fault::none) return reply({.status = 400});
    names_.emplace_back(json::text_or(document.root(), "event"));
    bodies_.push_back(request.body);
    const auto found = answers.find(names_.back());
    if (found == answers.end()) return reply({.status = 204});
    if (!found->second.whole.empty()) return reply({.body = found->second.whole});
    auto [write, read] = open_body::make(65536);
    const auto out = std::make_shared<std::unique_ptr<open_body::writer>>(std::move(write));
    auto& loop = loops_.first();
    auto at = loop.now();
    for (const auto& line : found->second.lines) {
      timers_.push_back(loop.at(at, [out, line] { (*out)->write(line + "\n"); }));
      at += found->second.between;
    }
    timers_.push_back(loop.at(at, [out] { out->reset(); }));
    reply({.content_type = "application/x-ndjson", .open = std::move(read)});
  }

  lab::lab_loops loops_;
  std::vector<std::string> names_;
  std::vector<std::string> bodies_;
  std::vector<timer> timers_;
  http_server server_;
};

}  // namespace

TEST_CASE("the operator's server answers a caller who presses keys, line by line, and ends the call") {
  agent_server agent;
  agent.answers["start"] = {{R"({"say":"Press one."})"}};
  agent.answers["dtmf"] = {{R"({"set":{"choice":"one"}})", R"({"say":"One moment."})",
                            R"({"say":"Thank you."})", R"({"hang_up":true})"},
                           200ms};
  controlled_engine it({}, {"--agent.kind=webhook", "--agent.url=" + agent.url(),
                            "--agent.secret=" + std::string(secret), "--limits.max_call_seconds=40"});
  pressing_caller caller("12#");
  auto over = it.running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  const auto id = it.running.view->newest_call().id;
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "end_reason") == "agent_hung_up");
  CHECK(it.text(id, "agent") == "webhook");
  CHECK(agent.events() == std::vector<std::string>{"start", "dtmf", "end"});
  CHECK(agent.forged == 0);
  CHECK(agent.body(1).find(R"("digits":"12")") != std::string::npos);
  CHECK(agent.body(1).find(R"("history":[{"role":"agent","text":"Press one."}])") != std::string::npos);
  CHECK(agent.body(2).find(R"("reason":"agent_hung_up")") != std::string::npos);
  CHECK(agent.body(2).find(R"("metadata":{"choice":"one"})") != std::string::npos);
  const auto turns = it.api("GET", "/v1/calls/" + id + "/transcript").body;
  CHECK(turns.find(R"("text":"[pressed 12]")") != std::string::npos);
  CHECK(turns.find(R"("text":"One moment. Thank you.")") != std::string::npos);
  CHECK(it.api("GET", "/v1/calls/" + id).body.find(R"("choice":"one")") != std::string::npos);
  CHECK(it.running.left().empty());
}

TEST_CASE("the operator's server puts its caller on hold, and is told when they are back") {
  agent_server agent;
  agent.answers["start"] = {.whole = R"({"actions":[{"say":"One moment."},{"hold":{"seconds":2}}]})"};
  agent.answers["hold_over"] = {.whole = R"({"actions":[{"say":"Thank you."},{"hang_up":true}]})"};
  controlled_engine it({}, {"--agent.kind=webhook", "--agent.url=" + agent.url(),
                            "--agent.secret=" + std::string(secret), "--limits.max_call_seconds=40"});
  event_reader watcher(it.running.engine->admin_port(), "/v1/events");
  REQUIRE(becomes([&] { return watcher.begun(); }));
  staying_caller caller;
  auto over = it.running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  REQUIRE(becomes([&] { return watcher.count("call.ended") == 1; }));
  CHECK(agent.events() == std::vector<std::string>{"start", "hold_over", "end"});
  CHECK(agent.forged == 0);
  CHECK(agent.body(1).find(R"("history":[{"role":"agent","text":"One moment."}])") != std::string::npos);
  std::vector<event_reader::seen> holds;
  for (auto& each : watcher.events())
    if (each.name == "call.held" || each.name == "call.resumed") holds.push_back(std::move(each));
  REQUIRE(holds.size() == 2);
  CHECK(holds[0].name == "call.held");
  CHECK(holds[0].data.find(R"("by":"agent")") != std::string::npos);
  CHECK(holds[1].name == "call.resumed");
  CHECK(it.text(it.running.view->newest_call().id, "end_reason") == "agent_hung_up");
  CHECK(it.running.left().empty());
}

TEST_CASE("an operator's server that is away costs an apology, and no call") {
  controlled_engine it({}, {"--agent.kind=webhook", "--agent.url=http://127.0.0.1:1/agent",
                            "--agent.fallback_reply=I am sorry.", "--limits.max_call_seconds=40"});
  known_caller caller(telnyx::codec::pcmu);
  auto over = it.running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(!caller.heard.empty());
  const auto id = it.running.view->newest_call().id;
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "end_reason") == "caller_hung_up");
  CHECK(it.running.left().empty());
}

}  // namespace tandem::test
