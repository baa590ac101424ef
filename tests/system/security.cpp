#include "tests/system/control_fixture.hpp"

#include <cstdio>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

using headers = std::vector<std::pair<std::string, std::string>>;

/// Asks one of the engine's ports and gives the answer's status.
unsigned ask(running_engine& running, std::uint16_t port, http_request request) {
  auto network = make_http_client();
  std::promise<http_answer> answered;
  std::unique_ptr<http_exchange> exchange;
  request.url = "http://127.0.0.1:" + std::to_string(port) + request.url;
  running.loops.run([&] {
    exchange = network->send(running.loops.first(), std::move(request),
                             [&](http_answer got) { answered.set_value(std::move(got)); });
  });
  const auto status = answered.get_future().get().status;
  running.loops.run([&] { exchange.reset(); });
  return status;
}

/// A signed webhook that was sent so long ago.
unsigned deliver(running_engine& running, const std::string& body, std::chrono::seconds ago) {
  const auto sent = std::chrono::system_clock::now() - ago;
  const auto stamp =
      std::to_string(std::chrono::duration_cast<std::chrono::seconds>(sent.time_since_epoch()).count());
  return ask(running, running.port(),
             {.url = "/telnyx/webhooks",
              .headers = {{"telnyx-timestamp", stamp},
                          {"telnyx-signature-ed25519", running.telnyx.sign(stamp, body)}},
              .body = body});
}

std::string initiated(const std::string& id, const std::string& call) {
  return R"({"data":{"record_type":"event","event_type":"call.initiated","id":")" + id +
         R"(","occurred_at":"2026-05-01T10:00:00.000000Z","payload":{"call_control_id":")" + call +
         R"(","call_leg_id":"l","call_session_id":"s","connection_id":"c","direction":"incoming",)"
         R"("from":"+13125550100","to":"+13125550142","state":"parked"}}})";
}

double calls_begun(running_engine& running) {
  const auto metrics = running.view->get("/metrics").value_or("");
  return lab::metric(metrics, "tandem_calls_active") + lab::metric(metrics, "tandem_calls_total");
}

}  // namespace

TEST_CASE("a webhook is taken once and only while it is fresh") {
  running_engine running({.call_control = true});
  CHECK(deliver(running, initiated("e1", "v3:old"), 6min) == 401);
  CHECK(deliver(running, initiated("e1", "v3:future"), -6min) == 401);
  CHECK(calls_begun(running) == 0);
  CHECK(deliver(running, initiated("e2", "v3:a"), 0s) == 200);
  REQUIRE(becomes([&] { return calls_begun(running) == 1; }));
  // The same again, for as long as it would pass the window, and after the call that nobody carries has
  // ended.
  CHECK(deliver(running, initiated("e2", "v3:a"), 4min) == 200);
  REQUIRE(becomes([&] { return running.left().empty(); }));
  CHECK(deliver(running, initiated("e2", "v3:a"), 1min) == 200);
  CHECK(deliver(running, initiated("e3", "v3:a"), 0s) == 200);
  CHECK(running.view->get("/healthz"));
  CHECK(calls_begun(running) == 1);
}

TEST_CASE("the API answers nobody without its token") {
  running_engine running({.flags = {"--server.api_token=0123456789abcdef0123456789abcdef"}});
  const auto status = [&](headers with) {
    return ask(running, running.engine->admin_port(),
               {.to = peer::admin, .method = "GET", .url = "/v1/calls", .headers = std::move(with)});
  };
  const std::string right = "Bearer 0123456789abcdef0123456789abcdef";
  CHECK(status({}) == 401);
  CHECK(status({{"Authorization", "Bearer "}}) == 401);
  CHECK(status({{"Authorization", right.substr(0, right.size() - 1)}}) == 401);
  CHECK(status({{"Authorization", right + "0"}}) == 401);
  CHECK(status({{"Authorization", "Bearer 0123456789abcdef0123456789abcdee"}}) == 401);
  CHECK(status({{"Authorization", right}}) == 200);
  CHECK(lab::metric(running.view->get("/metrics").value_or(""),
                    R"(tandem_connection_failures_total{peer="admin",reason="unauthorised"})") == 5);
}

TEST_CASE("a browser comes into the API with a cookie that it gets for the token") {
  controlled_engine it({}, {"--server.api_token=0123456789abcdef0123456789abcdef"});
  const auto show = [&](const std::string& token) {
    return it.api("POST", "/v1/session", R"({"token":")" + token + R"("})");
  };
  CHECK(show("0123456789abcdef0123456789abcdee").status == 401);
  CHECK(it.api("POST", "/v1/session", "no JSON").status == 400);
  CHECK(it.api("GET", "/v1/session").status == 401);
  const auto shown = show("0123456789abcdef0123456789abcdef");
  CHECK(shown.status == 200);
  const std::string cookie(header(shown, "Set-Cookie"));
  REQUIRE(cookie.find("HttpOnly; SameSite=Strict") != cookie.npos);
  const auto session = cookie.substr(0, cookie.find(';'));
  CHECK(it.api("GET", "/v1/calls", {}, {{"Cookie", "theme=dark; " + session}}).status == 200);
  CHECK(it.api("GET", "/v1/calls", {}, {{"Cookie", session + "0"}}).status == 401);
  CHECK(it.api("GET", "/v1/calls").status == 401);
}

TEST_CASE("the check of a configuration prints no secret") {
  std::string command = lab::engine_program() + " check --agent.kind=echo --server.admin_listen=127.0.0.1:0";
  for (const auto* key : {"server.secret", "server.api_token", "telnyx.api_key", "telnyx.stream_token",
                          "elevenlabs.api_key", "agent.api_key", "agent.secret", "events.secret"}) {
    command += std::string(" --") + key + "=do-not-show-me-0123456789";
  }
  command += " --store.url=postgresql://tandem:do-not-show-me@db/tandem 2>&1";
  auto* const output = popen(command.c_str(), "r");
  REQUIRE(output != nullptr);
  std::string text;
  char block[4096];
  for (std::size_t size = 0; (size = fread(block, 1, sizeof block, output)) > 0;) text.append(block, size);
  CHECK(pclose(output) == 0);
  CHECK(text.find("do-not-show") == text.npos);
  CHECK(text.find("api_key = \"***\"") != text.npos);
  CHECK(text.find("postgresql://tandem:***@db/tandem") != text.npos);
}

}  // namespace tandem::test
