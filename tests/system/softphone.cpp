#include "gateway/network/network_client.hpp"
#include "tests/lab/phone.hpp"
#include "tests/system/control_fixture.hpp"
#include "tests/system/upgrades.hpp"

namespace tandem::test {

namespace {

using headers = std::vector<std::pair<std::string, std::string>>;

const std::string token = "0123456789abcdef0123456789abcdef";

/// A phone whose line is the operator's side of the engine, not the carrier's.
struct softphone {
  softphone(running_engine& of, lab::person& who, std::string names = {}, headers with = {})
      : softphone(of, who, of.engine->admin_port(), "/v1/softphone", std::move(names), std::move(with)) {}

  softphone(running_engine& of, lab::person& who, std::uint16_t port, const std::string& path,
            std::string names, headers with = {})
      : running(of) {
    running.loops.run([&] {
      lab::line line;
      line.stream_url = "ws://127.0.0.1:" + std::to_string(port) + path;
      line.headers = std::move(with);
      line.call_control_id = std::move(names);
      phone = std::make_unique<lab::phone>(running.loops.first(), *network, line, who,
                                           [this](const std::string& why) { over.set_value(why); });
    });
  }
  ~softphone() {
    running.loops.run([&] { phone.reset(); });
  }

  /// Why the line is no more.
  std::string end() {
    auto is_over = over.get_future();
    REQUIRE(is_over.wait_for(patience) == std::future_status::ready);
    return is_over.get();
  }

  void drop() {
    running.loops.run([&] { phone->drop(); });
  }

  running_engine& running;
  std::unique_ptr<link_connector> network = make_link_connector();
  std::promise<std::string> over;
  std::unique_ptr<lab::phone> phone;
};

double ended(running_engine& running, const std::string& reason) {
  return lab::metric(running.view->get("/metrics").value_or(""),
                     R"(tandem_calls_total{direction="incoming",end_reason=")" + reason + "\"}");
}

}  // namespace

TEST_CASE("a softphone talks to the agent on the operator's side, and leaves nothing behind") {
  // Whatever the carrier's lines are, and without a token for its streams.
  running_engine running({.flags = {"--telnyx.codec=G722", "--telnyx.stream_token="}});
  known_caller caller(telnyx::codec::pcmu);
  softphone line(running, caller);
  REQUIRE(becomes([&] { return connected(running); }));
  CHECK(active(running) == 1);
  line.end();
  CHECK(line.phone->counts().faults == 0);
  CHECK_FALSE(caller.heard.empty());
  const auto call = running.view->ended_call(patience);
  CHECK(call.end_reason == "caller_hung_up");
  CHECK(call.json.find(R"("from":"softphone")") != call.json.npos);
  REQUIRE(call.metadata.size() == 1);
  CHECK(call.metadata.front() == std::pair<std::string, std::string>("softphone", "true"));
  REQUIRE(call.turns.size() == 2);
  CHECK(call.turns[0].text == "hello there");
  CHECK(call.turns[1].heard_text == "hello there");
  REQUIRE(running.heard.sessions.size() == 1);
  const auto& heard = running.heard.sessions.begin()->second;
  const auto& said = known_speech(telnyx::codec::pcmu);
  CHECK(std::search(heard.begin(), heard.end(), said.begin(), said.end()) != heard.end());
  CHECK(running.left().empty());
}

TEST_CASE("a softphone whose connection breaks off leaves nothing behind") {
  running_engine running({});
  staying_caller caller;
  softphone line(running, caller);
  REQUIRE(becomes([&] { return connected(running); }));
  line.drop();
  CHECK(running.left().empty());
  CHECK(ended(running, "no_media") == 1);
}

TEST_CASE("a softphone cannot name a call that is not its own") {
  running_engine running({});
  staying_caller first;
  staying_caller second;
  softphone victim(running, first, running.port(), "/telnyx/media/fixed-token-of-the-test", "v3:somebody");
  REQUIRE(becomes([&] { return connected(running); }));
  std::string name = "v3:somebody";
  SUBCASE("by the carrier's id") {}
  SUBCASE("by the engine's id") { name = running.view->newest_call().id; }
  softphone(running, second, name).end();
  CHECK(becomes([&] { return ended(running, "no_media") == 1; }));
  CHECK(lab::metric(running.view->get("/metrics").value_or(""),
                    R"(tandem_connection_failures_total{peer="telnyx",reason="unauthorised"})") == 1);
  CHECK(active(running) == 1);
  first.leaving = true;
  victim.end();
  CHECK(running.left().empty());
  CHECK(ended(running, "caller_hung_up") == 1);
}

TEST_CASE("the softphone is for those who may use the API, and for no page of another origin") {
  controlled_engine it({}, {"--server.api_token=" + token});
  const auto status = [&](const std::string& more, const std::string& path = "/v1/softphone") {
    return status_of(upgrade_answer(it.running, path, more));
  };
  const auto bearer = "Authorization: Bearer " + token + "\r\n";
  const auto shown = it.api("POST", "/v1/session", R"({"token":")" + token + "\"}");
  const std::string set(header(shown, "Set-Cookie"));
  const auto cookie = "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
  const std::string own = "Origin: http://engine.test:9090\r\n";

  CHECK(status("") == "HTTP/1.1 401");
  CHECK(status(own) == "HTTP/1.1 401");
  CHECK(status("Authorization: Bearer 0\r\n") == "HTTP/1.1 401");
  CHECK(status("Cookie: tandem_session=9999999999.0\r\n" + own) == "HTTP/1.1 401");
  for (const auto* foreign : {"https://elsewhere.test", "http://engine.test", "http://engine.test:9091",
                              "http://engine.test:9090.elsewhere.test", "null", "engine.test:9090"}) {
    CAPTURE(foreign);
    const auto origin = "Origin: " + std::string(foreign) + "\r\n";
    CHECK(status(cookie + origin) == "HTTP/1.1 403");
    CHECK(status(bearer + origin) == "HTTP/1.1 403");
  }
  CHECK(status(cookie) == "HTTP/1.1 403");
  CHECK(status(bearer, "/v1/elsewhere") == "HTTP/1.1 404");
  CHECK(it.api("GET", "/v1/softphone").status == 401);
  CHECK(it.api("GET", "/v1/softphone", {}, {{"Authorization", "Bearer " + token}}).status == 426);
  CHECK(active(it.running) == 0);
  CHECK(lab::metric(it.running.view->get("/metrics").value_or(""), "tandem_calls_total") == 0);

  CHECK(status(bearer) == "HTTP/1.1 101");
  CHECK(status(bearer + own) == "HTTP/1.1 101");
  CHECK(status(cookie + own) == "HTTP/1.1 101");
  // TLS may end in front of the engine.
  CHECK(status(cookie + "Origin: https://ENGINE.test:9090\r\n") == "HTTP/1.1 101");
  CHECK(it.running.left().empty());
  CHECK(ended(it.running, "no_media") == 4);
}

TEST_CASE("a softphone without room is told when to come again") {
  running_engine running({.flags = {"--limits.max_calls=1"}});
  staying_caller caller;
  softphone line(running, caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto answer = upgrade_answer(running, "/v1/softphone", "", "localhost:9090");
  CHECK(status_of(answer) == "HTTP/1.1 503");
  CHECK(answer.find("Retry-After: ") != answer.npos);
  caller.leaving = true;
  line.end();
  CHECK(running.left().empty());
  CHECK(lab::metric(running.view->get("/metrics").value_or(""), "tandem_calls_total") == 1);
}

}  // namespace tandem::test
