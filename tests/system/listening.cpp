#include "protocols/audio/wav.hpp"
#include "tests/system/control_fixture.hpp"
#include "tests/system/upgrades.hpp"

#include <thread>

namespace tandem::test {

namespace {

using bytes = std::vector<std::uint8_t>;

/// What came to a listener until the end.
struct heard_call {
  std::string start;
  std::uint64_t begin = 0;
  bytes caller;
  bytes agent;
  unsigned gaps = 0;
  unsigned end_code = 0;
  std::string end_reason;
};

void take(heard_call& into, const std::string& message) {
  std::uint64_t position = 0;
  for (std::size_t i = 0; i < 8; ++i) position = position << 8 | static_cast<std::uint8_t>(message.at(i));
  if (into.caller.empty()) into.begin = position;
  into.gaps += position != into.begin + into.caller.size();
  for (std::size_t i = 8; i + 1 < message.size(); i += 2) {
    into.caller.push_back(static_cast<std::uint8_t>(message[i]));
    into.agent.push_back(static_cast<std::uint8_t>(message[i + 1]));
  }
}

/// Listens in on a thread of its own, from now on.
class listener {
 public:
  listener(running_engine& running, const std::string& call)
      : socket_(running, "/v1/calls/" + call + "/listen"), heard_(std::async(std::launch::async, [this] {
          heard_call out;
          for (;;) {
            const auto next = socket_.next();
            if (next.kind == 1) out.start = next.content;
            if (next.kind == 2) take(out, next.content);
            if (next.kind == 8 && next.content.size() >= 2) {
              out.end_code = static_cast<std::uint8_t>(next.content[0]) << 8 |
                             static_cast<std::uint8_t>(next.content[1]);
              out.end_reason = next.content.substr(2);
            }
            if (next.kind == 8 || next.kind == 0) return out;
          }
        })) {}

  ~listener() { socket_.shut_down(); }

  std::string status() const { return status_of(socket_.head); }

  /// When the call is over.
  heard_call all() {
    REQUIRE(heard_.wait_for(patience) == std::future_status::ready);
    return heard_.get();
  }

 private:
  operator_socket socket_;
  std::future<heard_call> heard_;
};

std::vector<std::int16_t> linear(const bytes& ulaw) {
  std::vector<std::int16_t> out(ulaw.size());
  g711::decode_ulaw(ulaw, out);
  return out;
}

/// One side of a recording.
std::vector<std::int16_t> side(const wav::content& of, std::size_t channel) {
  std::vector<std::int16_t> out;
  for (auto at = 2 * channel; at + 1 < of.audio.size(); at += 4)
    out.push_back(static_cast<std::int16_t>(of.audio[at] | of.audio[at + 1] << 8));
  return out;
}

double number(running_engine& running, const std::string& name) {
  return lab::metric(running.view->get("/metrics").value_or(""), name);
}

std::string listening(const std::string& id) { return "/v1/calls/" + id + "/listen"; }

const std::string token = "0123456789abcdef0123456789abcdef";

}  // namespace

TEST_CASE("who listens in hears both sides as the recording has them, to the call's end") {
  temporary_folder folder;
  running_engine running({.flags = {"--store.recordings=" + folder / "recordings"}});
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto id = running.view->newest_call().id;
  listener who(running, id);
  REQUIRE(who.status() == "HTTP/1.1 101");
  const auto heard = who.all();
  REQUIRE(over.get().ended_by == "caller");
  CHECK(heard.start == R"({"event":"start","codec":"PCMU","rate":8000,"channels":["caller","agent"]})");
  CHECK(heard.gaps == 0);
  CHECK(heard.end_code == 1000);
  CHECK(heard.end_reason == "caller_hung_up");
  CHECK(std::search(heard.agent.begin(), heard.agent.end(), caller.heard.begin(), caller.heard.end()) !=
        heard.agent.end());

  std::string file;
  REQUIRE(becomes([&] {
    const auto answer = running.view->ask("GET", "/v1/calls/" + id + "/recording");
    file = answer.body;
    return answer.status == 200;
  }));
  const auto kept = wav::read({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  REQUIRE(kept);
  const auto left = side(*kept, 0);
  const auto right = side(*kept, 1);
  REQUIRE(left.size() == heard.begin + heard.caller.size());
  const auto from = static_cast<std::ptrdiff_t>(heard.begin);
  CHECK(linear(heard.caller) == std::vector<std::int16_t>(left.begin() + from, left.end()));
  CHECK(linear(heard.agent) == std::vector<std::int16_t>(right.begin() + from, right.end()));

  plain_socket events(running.engine->admin_port());
  events.send("GET /v1/calls/" + id +
              "/events HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: 0\r\n"
              "Connection: close\r\n\r\n");
  const auto told = events.read_all();
  CHECK(told.find("event: call.listened") != told.npos);
  CHECK(told.find(R"("by":"local")") != told.npos);
  CHECK(number(running, "tandem_listener_audio_dropped_seconds_total") == 0);
  CHECK(running.left().empty());
}

TEST_CASE("a listener who never reads misses audio, and the call misses nothing") {
  running_engine running({});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto id = running.view->newest_call().id;
  operator_socket deaf(running, listening(id));
  REQUIRE(status_of(deaf.head) == "HTTP/1.1 101");
  CHECK(number(running, R"(tandem_connections{peer="admin"})") >= 2);
  listener quick(running, id);
  REQUIRE(becomes([&] { return number(running, "tandem_listener_audio_dropped_seconds_total") > 1; }));
  CHECK(number(running, R"(tandem_audio_frames_total{direction="inbound",outcome="lost"})") == 0);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  const auto heard = quick.all();
  CHECK(heard.gaps == 0);
  CHECK(heard.caller.size() > 40'000);
  CHECK(running.left().empty());
}

TEST_CASE("a call has room for five listeners, and none when it is over or was never there") {
  running_engine running({});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto id = running.view->newest_call().id;
  CHECK(status_of(upgrade_answer(running, listening("nobody"), "", "localhost")) == "HTTP/1.1 404");
  CHECK(running.view->ask("GET", listening(id)).status == 426);
  std::vector<std::unique_ptr<operator_socket>> all;
  for (int n = 0; n < 5; ++n) {
    all.push_back(std::make_unique<operator_socket>(running, listening(id)));
    REQUIRE(status_of(all.back()->head) == "HTTP/1.1 101");
    // Who has been told how it sounds is among them.
    REQUIRE(all.back()->next().kind == 1);
  }
  const auto refused = upgrade_answer(running, listening(id), "", "localhost");
  CHECK(status_of(refused) == "HTTP/1.1 429");
  all.pop_back();
  CHECK(becomes([&] {
    operator_socket again(running, listening(id));
    return status_of(again.head) == "HTTP/1.1 101" && again.next().kind == 1;
  }));
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  REQUIRE(becomes([&] { return running.view->newest_call().state == "ended"; }));
  CHECK(status_of(upgrade_answer(running, listening(id), "", "localhost")) == "HTTP/1.1 409");
  all.clear();
  CHECK(running.left().empty());
}

TEST_CASE(
    "listening is for those who may use the API, for no foreign page, and leaves a trace of who it was") {
  controlled_engine it({}, {"--server.api_token=" + token});
  const controlled_engine::headers shown{{"Authorization", "Bearer " + token}};
  const auto placed = it.api("POST", "/v1/calls", R"({"to":"+13125550142","from":"+13125550100"})", shown);
  REQUIRE(placed.status == 201);
  const auto id = it.text_of(placed.body, "id");
  const auto state = [&] { return it.text_of(it.api("GET", "/v1/calls/" + id, {}, shown).body, "state"); };
  REQUIRE(becomes([&] { return state() == "connected"; }));
  const auto status = [&](const std::string& more) {
    return status_of(upgrade_answer(it.running, listening(id), more));
  };
  const auto bearer = "Authorization: Bearer " + token + "\r\n";
  const auto session = it.api("POST", "/v1/session", R"({"token":")" + token + "\"}");
  const std::string set(header(session, "Set-Cookie"));
  const auto cookie = "Cookie: " + set.substr(0, set.find(';')) + "\r\n";
  const std::string own = "Origin: http://engine.test:9090\r\n";
  CHECK(status("") == "HTTP/1.1 401");
  CHECK(status(own) == "HTTP/1.1 401");
  CHECK(status(cookie) == "HTTP/1.1 403");
  CHECK(status(cookie + "Origin: https://elsewhere.test\r\n") == "HTTP/1.1 403");
  CHECK(status(bearer + "Origin: https://elsewhere.test\r\n") == "HTTP/1.1 403");
  // The call may be connected before its stream is there.
  CHECK(becomes([&] { return status(bearer) == "HTTP/1.1 101"; }));
  CHECK(becomes([&] { return status(cookie + own) == "HTTP/1.1 101"; }));
  CHECK(it.api("POST", "/v1/calls/" + id + "/hangup", "{}", shown).status == 202);
  REQUIRE(becomes([&] { return state() == "ended"; }));
  const auto events = it.api("GET", "/v1/calls/" + id + "/events", {},
                             {{"Authorization", "Bearer " + token}, {"Last-Event-ID", "0"}});
  CHECK(events.body.find(R"("by":"token")") != std::string::npos);
  CHECK(events.body.find(R"("by":"session")") != std::string::npos);
  CHECK(it.running.left().empty());
}

TEST_CASE("where listening is off nobody listens in") {
  running_engine running({.flags = {"--server.listen_in=false"}});
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  const auto answer = upgrade_answer(running, listening(running.view->newest_call().id), "", "localhost");
  CHECK(status_of(answer) == "HTTP/1.1 403");
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
}

}  // namespace tandem::test
