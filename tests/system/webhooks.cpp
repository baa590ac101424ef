#include "gateway/signature.hpp"
#include "protocols/events/delivery.hpp"
#include "protocols/json.hpp"
#include "tests/system/event_reader.hpp"

#include <atomic>
#include <csignal>
#include <map>
#include <set>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr const char* secret = "a-secret-of-the-operator";

/// The operator's server: takes what is posted, or refuses it.
class receiver {
 public:
  receiver()
      : server_(loops_.all(), {}, {.on_request = [this](server_request request, const respond& answer) {
                  take(request, answer);
                }}) {
    server_.start();
  }
  ~receiver() { server_.stop(); }
  receiver(const receiver&) = delete;
  receiver& operator=(const receiver&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/events"; }

  /// The names of a call's events, in the order in which they were taken.
  std::vector<std::string> events_of(const std::string& call_id) {
    std::lock_guard guard(mutex_);
    return taken_[call_id];
  }
  std::size_t calls() {
    std::lock_guard guard(mutex_);
    return taken_.size();
  }

  std::atomic<bool> refuses = false;
  std::atomic<int> refused = 0;
  /// Requests that are not what they should be.
  std::atomic<int> wrong = 0;

 private:
  static bool is_signed(const server_request& request) {
    const std::string header(request.head.header("Tandem-Signature"));
    const auto end = header.find(',');
    if (!header.starts_with("t=") || end == header.npos) return false;
    const auto timestamp = std::stoll(header.substr(2, end - 2));
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    return std::abs(now - timestamp) < 60 &&
           header == signature_header(timestamp, hmac_sha256(secret, signed_text(timestamp, request.body)));
  }

  void take(server_request& request, const respond& answer) {
    if (request.head.method != "POST" || request.head.path != "/events" ||
        request.head.header("Content-Type") != "application/json" || !is_signed(request))
      ++wrong;
    if (refuses) {
      ++refused;
      return answer({.status = 503});
    }
    json::document event;
    if (event.parse({request.body.data(), request.body.size()}) != json::fault::none) ++wrong;
    {
      std::lock_guard guard(mutex_);
      const std::string id(json::text_or(event.root(), "id"));
      if (ids_.insert(id).second) {
        taken_[std::string(json::text_or(event.root(), "call_id"))].emplace_back(
            json::text_or(event.root(), "event"));
      }
    }
    answer({.status = 204});
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<std::string>> taken_;
  std::set<std::string> ids_;
  lab::lab_loops loops_;
  http_server server_;
};

/// Places an echo call and gives its id once it has ended.
std::string one_call(running_engine& running) {
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(running.left().empty());
  return running.view->newest_call().id;
}

double waiting(running_engine& running) {
  return lab::metric(running.view->get("/metrics").value_or(""), "tandem_webhooks_waiting");
}

}  // namespace

TEST_CASE("events are posted signed and in order, also after the receiver or the engine was down") {
  receiver operators;
  running_engine running(
      {.flags = {"--events.url=" + operators.url(), std::string("--events.secret=") + secret},
       .call_control = true});
  const auto first = one_call(running);
  CHECK(becomes([&] { return operators.events_of(first) == events_of_one_turn; }));

  operators.refuses = true;
  const auto second = one_call(running);
  REQUIRE(becomes([&] { return waiting(running) == static_cast<double>(events_of_one_turn.size()); }));
  CHECK(operators.refused > 0);
  CHECK(operators.events_of(second).empty());
  operators.refuses = false;
  CHECK(becomes([&] { return operators.events_of(second) == events_of_one_turn; }));
  REQUIRE(becomes([&] { return waiting(running) == 0; }));

  operators.refuses = true;
  const auto third = one_call(running);
  CHECK(running.engine->stop(30s) == 0);
  operators.refuses = false;
  CHECK(operators.events_of(third).empty());
  running.start_again();
  CHECK(becomes([&] { return operators.events_of(third) == events_of_one_turn; }));
  REQUIRE(becomes([&] { return waiting(running) == 0; }));
  CHECK(running.engine->stop(30s) == 0);

  // Nothing is posted again of what was taken.
  const auto calls = operators.calls();
  running.start_again();
  const auto fourth = one_call(running);
  CHECK(becomes([&] { return operators.events_of(fourth) == events_of_one_turn; }));
  CHECK(operators.calls() == calls + 1);
  CHECK(operators.wrong == 0);
  CHECK_FALSE(running.engine->said(secret));
}

TEST_CASE("an engine that is killed posts after its next start what it had not") {
  receiver operators;
  operators.refuses = true;
  running_engine running(
      {.flags = {"--events.url=" + operators.url(), std::string("--events.secret=") + secret}});
  const auto id = one_call(running);
  REQUIRE(becomes([&] { return waiting(running) == static_cast<double>(events_of_one_turn.size()); }));
  // What is answered is in the store, and so is what came before it.
  REQUIRE(running.view->ask("PUT", "/v1/do-not-call/+13125550199").status == 200);
  running.engine->signal(SIGKILL);
  running.engine->wait_end(30s);
  operators.refuses = false;
  running.start_again();
  CHECK(becomes([&] { return operators.events_of(id) == events_of_one_turn; }));
}

TEST_CASE("a receiver that is not there costs calls nothing") {
  const lab::reserved_port nobody;
  running_engine running(
      {.flags = {"--events.url=http://127.0.0.1:" + std::to_string(nobody.number()) + "/"}});
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(running.view->ended_call(20s).turns.size() == 2);
  CHECK(running.left().empty());
  CHECK(waiting(running) > 0);
}

}  // namespace tandem::test
