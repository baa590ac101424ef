#include "actors/runtime/metrics.hpp"
#include "gateway/api_session.hpp"
#include "gateway/console_files.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

std::string header(const server_answer& from, std::string_view name) {
  for (const auto& [each, value] : from.headers) {
    if (each == name) return value;
  }
  return {};
}

/// The admin side of an engine that has no actors: what needs one is not asked for.
struct console_fixture {
  explicit console_fixture(std::string token = "0123456789abcdef") {
    values.server.api_token = std::move(token);
    route_context context;
    context.values = &values;
    context.secret = "a secret of the node";
    context.measure = &measure;
    admin = admin_routes(std::make_shared<const route_context>(std::move(context)));
  }

  server_answer ask(const std::string& method, const std::string& path, headers with = {}) {
    server_answer answer{.status = 0};
    admin.on_request({.head = {.method = method, .path = path, .headers = std::move(with)}},
                     [&](server_answer made) { answer = std::move(made); });
    return answer;
  }

  /// What the API answers to a wish to change something that is not there: 404 says that it was let in.
  unsigned change(headers with, const std::string& method = "POST") {
    const server_request request{.head = {.method = method, .path = "/v1/nothing", .headers = with}};
    const auto refused = admin.on_head(request.head);
    const auto status = ask(method, "/v1/nothing", std::move(with)).status;
    CHECK((refused ? refused->status : 404) == status);
    return status;
  }

  std::string session() const {
    const auto cookie = session_cookie("a secret of the node", values.server.api_token,
                                       std::chrono::system_clock::now() + 1h, false);
    return cookie.substr(0, cookie.find(';'));
  }

  double refusals() {
    return measure.connection_failures(peer::admin, connection_failure::unauthorised).Value();
  }

  settings values;
  prometheus::Registry registry;
  metrics measure{registry};
  server_handlers admin;
};

struct open_fixture : console_fixture {
  open_fixture() : console_fixture("") {}
};

}  // namespace

TEST_CASE_FIXTURE(console_fixture,
                  "the console's page comes to whoever asks, and may load nothing from elsewhere") {
  const auto page = ask("GET", "/");
  CHECK(page.status == 200);
  CHECK(page.content_type == "text/html; charset=utf-8");
  CHECK(page.body.starts_with("<!doctype html>"));
  CHECK(header(page, "Content-Security-Policy").starts_with("default-src 'none'; script-src 'self';"));
  CHECK(header(page, "Content-Security-Policy").find("frame-ancestors 'none'") != std::string::npos);
  CHECK(header(page, "Content-Security-Policy").find("unsafe") == std::string::npos);
  CHECK(header(page, "X-Content-Type-Options") == "nosniff");
  CHECK(header(page, "Referrer-Policy") == "no-referrer");
  CHECK(header(page, "Cache-Control") == "no-cache");
}

TEST_CASE_FIXTURE(console_fixture, "each file of the console has its type, its tag and the same rules") {
  CHECK(console_files().size() > 5);
  for (const auto& each : console_files()) {
    CAPTURE(each.name);
    const auto got = ask("GET", "/console/" + std::string(each.name));
    CHECK(got.status == 200);
    CHECK(got.body == each.content);
    CHECK(got.content_type != "application/octet-stream");
    CHECK(header(got, "ETag").size() > 10);
    CHECK(header(got, "Content-Security-Policy") == header(ask("GET", "/"), "Content-Security-Policy"));
  }
  CHECK(ask("GET", "/console/app.js").content_type == "text/javascript; charset=utf-8");
  CHECK(ask("GET", "/console/style.css").content_type == "text/css; charset=utf-8");
  CHECK(ask("GET", "/console/icon.svg").content_type == "image/svg+xml");
}

TEST_CASE_FIXTURE(console_fixture, "a file that the browser has is not sent again") {
  const auto page = ask("GET", "/");
  const auto tag = header(page, "ETag");
  CHECK(header(ask("GET", "/console/app.js"), "ETag") != tag);
  CHECK(header(ask("GET", "/console/index.html"), "ETag") == tag);
  for (const auto& condition :
       {tag, "W/" + tag, "\"other\", " + tag, " " + tag + " ,\"other\"", std::string("*")}) {
    CAPTURE(condition);
    const auto same = ask("GET", "/", {{"If-None-Match", condition}});
    CHECK(same.status == 304);
    CHECK(same.body.empty());
    CHECK(header(same, "ETag") == tag);
  }
  for (const auto& condition :
       {std::string("\"other\""), tag.substr(1), std::string(","), std::string("W/")}) {
    CAPTURE(condition);
    CHECK(ask("GET", "/", {{"If-None-Match", condition}}).status == 200);
  }
}

TEST_CASE_FIXTURE(console_fixture,
                  "what the console does not have is not found, and nothing can be put there") {
  for (const auto* path : {"/console/nothing.js", "/console/", "/console", "/console/../openapi.json",
                           "/console/a/b", "/index.html", "/console/.."}) {
    CAPTURE(path);
    CHECK(ask("GET", path).status == 404);
  }
  CHECK(ask("POST", "/").status == 405);
  CHECK(ask("PUT", "/console/app.js").status == 405);
}

TEST_CASE_FIXTURE(console_fixture, "a session changes something from the console's own page alone") {
  const auto cookie = session();
  CHECK(change({{"Cookie", cookie}, {"Host", "node:9090"}, {"Origin", "http://node:9090"}}) == 404);
  // TLS may end in front, and names know no case.
  CHECK(change({{"Cookie", cookie}, {"Host", "Node"}, {"Origin", "https://node"}}) == 404);
  CHECK(refusals() == 0);
  for (const auto* origin : {"http://evil:9090", "http://node:9091", "http://node", "null", "", "node:9090",
                             "http://node:9090.evil", "http://node:9090/"}) {
    CAPTURE(origin);
    for (const auto* method : {"POST", "PUT", "PATCH", "DELETE"})
      CHECK(change({{"Cookie", cookie}, {"Host", "node:9090"}, {"Origin", origin}}, method) == 403);
  }
  CHECK(change({{"Cookie", cookie}, {"Host", "node:9090"}}) == 403);
  CHECK(change({{"Cookie", cookie}, {"Origin", "http://"}}) == 403);
  CHECK(refusals() != 0);
}

TEST_CASE_FIXTURE(console_fixture, "reading needs no origin, and neither does whoever has the token") {
  const std::string token = "Bearer 0123456789abcdef";
  CHECK(change({{"Cookie", session()}, {"Host", "node"}}, "GET") == 404);
  CHECK(change({{"Authorization", token}, {"Host", "node"}}) == 404);
  CHECK(change({{"Authorization", token}, {"Host", "node"}, {"Origin", "http://evil"}}) == 404);
  CHECK(change({{"Authorization", token + "0"}, {"Cookie", session()}, {"Host", "node"}}) == 403);
  CHECK(change({{"Host", "node"}, {"Origin", "http://node"}}) == 401);
}

TEST_CASE_FIXTURE(console_fixture, "a browser forgets its session when it is told to, by the console alone") {
  const headers own{{"Cookie", session()}, {"Host", "node"}, {"Origin", "http://node"}};
  const auto ended = ask("DELETE", "/v1/session", own);
  CHECK(ended.status == 200);
  CHECK(header(ended, "Set-Cookie").starts_with("tandem_session=; Path=/;"));
  CHECK(header(ended, "Set-Cookie").find("Max-Age=0") != std::string::npos);
  CHECK(ask("DELETE", "/v1/session", {{"Cookie", session()}, {"Host", "node"}}).status == 403);
  CHECK(ask("DELETE", "/v1/session").status == 401);
}

TEST_CASE_FIXTURE(open_fixture, "an engine without a token does nothing for the pages of other sites") {
  CHECK(change({{"Host", "127.0.0.1:9090"}}) == 404);
  CHECK(change({{"Host", "127.0.0.1:9090"}, {"Origin", "http://127.0.0.1:9090"}}) == 404);
  CHECK(change({{"Host", "127.0.0.1:9090"}, {"Origin", "https://evil.example"}}) == 403);
  CHECK(change({{"Host", "127.0.0.1:9090"}, {"Origin", "null"}}) == 403);
  // A name of theirs may lead to this machine.
  CHECK(change({{"Host", "evil.example:9090"}, {"Origin", "http://evil.example:9090"}}) == 403);
  CHECK(change({{"Host", "evil.example"}}, "GET") == 403);
  CHECK(change({{"Host", "localhost"}}, "GET") == 404);
}
