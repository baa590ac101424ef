#include "tests/system/control_fixture.hpp"

#include <signal.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// How often the carrier was asked to call each number.
struct dial_log {
  std::mutex mutex;
  std::map<std::string, int> calls;

  std::map<std::string, int> all() {
    std::lock_guard guard(mutex);
    return calls;
  }
};

/// An engine that may place calls, and what the carrier sees of them.
struct calling_engine : controlled_engine {
  explicit calling_engine(std::shared_ptr<dial_log> kept = std::make_shared<dial_log>())
      : controlled_engine([kept](lab::carrier_options& line) {
          line.fault = [kept, further = line.fault](std::string_view action, const std::string& body) {
            if (action == "dial") {
              std::lock_guard guard(kept->mutex);
              ++kept->calls[text_of(body, "to")];
            }
            return further(action, body);
          };
        }),
        dials(std::move(kept)) {}

  std::shared_ptr<dial_log> dials;
};

constexpr const char* busy = "+13125550101";
constexpr const char* barred = "+13125550115";

/// Twelve numbers, one of them busy and one on the do-not-call list.
std::string twelve_numbers() {
  std::string list = R"("number,name\n)";
  list += std::string(busy) + R"(,Bob\n)";
  for (int n = 10; n <= 20; ++n) list += "+131255501" + std::to_string(n) + R"(,Ada\n)";
  return R"({"from":"+13125550100","concurrency":4,"retry":{"attempts":2,"on":{"busy":1}},"numbers":)" +
         list + "\"}";
}

}  // namespace

TEST_CASE("a campaign calls each number once, through a pause, a kill -9 and a restart") {
  calling_engine it;
  REQUIRE(it.api("PUT", std::string("/v1/do-not-call/") + barred).status == 200);
  const auto made = it.api("POST", "/v1/campaigns", twelve_numbers());
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const auto id = calling_engine::text_of(made.body, "id");
  REQUIRE(becomes([&] { return it.legs() == 4 && it.campaign_count(id, "calling") == 4; }));

  // With the pause the calls that go on end, and no other begins.
  CHECK(it.api("POST", "/v1/campaigns/" + id + "/pause").status == 202);
  it.placed->somebody.leaving = true;
  REQUIRE(becomes([&] { return it.campaign_count(id, "calling") == 0 && it.legs() == 0; }));
  CHECK(it.campaign_state(id) == "paused");
  const auto paused = it.dials->all();
  const auto done = it.campaign_count(id, "done");
  CHECK(done >= 3);
  const auto again = it.api("POST", "/v1/campaigns/" + id + "/pause");
  CHECK(again.status == 409);
  CHECK(calling_engine::text_of(again.body, "state") == "paused");
  it.placed->somebody.leaving = false;
  CHECK(it.dials->all() == paused);
  CHECK(it.api("POST", "/v1/campaigns/" + id + "/resume").status == 202);

  // Every call that the carrier has is known to the store, whatever happens to the process.
  REQUIRE(becomes([&] { return it.legs() == 4 && it.campaign_count(id, "calling") == 4; }));
  it.running.engine->signal(SIGKILL);
  it.running.engine->wait_end(30s);
  it.running.start_again();
  it.placed->somebody.leaving = true;
  REQUIRE(becomes([&] { return it.campaign_state(id) == "finished"; }));
  INFO(it.api("GET", "/v1/campaigns/" + id + "/numbers").body);
  CHECK(it.campaign_count(id, "total") == 12);
  CHECK(it.campaign_count(id, "do_not_call") == 1);
  CHECK(it.campaign_count(id, "pending") == 0);
  CHECK(it.campaign_count(id, "done") == 6);
  CHECK(it.campaign_count(id, "failed") == 5);
  CHECK(it.api("GET", "/v1/campaigns/" + id + "/numbers?state=do_not_call").body.find(barred) !=
        std::string::npos);

  auto dials = it.dials->all();
  CHECK(dials.size() == 11);
  CHECK_FALSE(dials.contains(barred));
  CHECK(dials[busy] == 2);
  dials.erase(busy);
  for (const auto& [number, times] : dials) {
    INFO(number);
    CHECK(times == 1);
  }
  // Those who were on the line at the kill are said to be so, and their legs are taken down.
  const auto cut = it.api("GET", "/v1/campaigns/" + id + "/numbers?state=failed").body;
  std::size_t interrupted = 0;
  for (auto at = cut.find("interrupted"); at != std::string::npos; at = cut.find("interrupted", at + 1))
    ++interrupted;
  CHECK(interrupted == 4);
  REQUIRE(becomes([&] { return it.legs() == 0; }));
  CHECK(it.running.left().empty());
}

TEST_CASE(
    "nobody on the do-not-call list is called, and what the API cannot take it refuses with the place") {
  calling_engine it;
  CHECK(it.api("PUT", "/v1/do-not-call/12345").status == 400);
  CHECK(it.api("POST", "/v1/do-not-call", R"({"numbers":["+13125550142","+13125550143"]})").status == 200);
  CHECK(it.api("GET", "/v1/do-not-call").body.find("+13125550143") != std::string::npos);
  const auto refused = it.place("+13125550142");
  CHECK(refused.status == 403);
  CHECK(refused.body.find("do_not_call") != std::string::npos);
  CHECK(it.api("DELETE", "/v1/do-not-call/+13125550142").status == 200);
  CHECK(it.api("GET", "/v1/do-not-call/+13125550142").status == 404);
  CHECK(it.api("GET", "/v1/do-not-call/+13125550143").status == 200);
  CHECK(it.dials->all().empty());

  const auto fault = [&](const std::string& more) {
    const auto answer = it.api("POST", "/v1/campaigns", R"({"from":"+13125550100",)" + more + "}");
    CHECK(answer.status == 400);
    auto body = answer.body;
    json::document document;
    CHECK(document.parse({body.data(), body.size()}) == json::fault::none);
    return answer.body;
  };
  CHECK(fault(R"("numbers":"number\n+13125550101\nnobody\n")").find("line 3") != std::string::npos);
  CHECK(fault(R"("numbers":["+13125550101",7])").find("place 2") != std::string::npos);
  CHECK(fault(R"("concurrency":0,"numbers":["+13125550101"])").find("concurrency") != std::string::npos);
  CHECK(fault(R"("name":"none")").find("numbers") != std::string::npos);
  CHECK(it.api("POST", "/v1/campaigns", "no json").status == 400);
  CHECK(it.api("GET", "/v1/campaigns/nobody").status == 404);
  CHECK(it.api("GET", "/v1/campaigns/nobody/numbers").status == 404);
  CHECK(it.api("POST", "/v1/campaigns/nobody/pause").status == 404);
  CHECK(it.api("POST", "/v1/campaigns/nobody/dance").status == 404);
  CHECK(it.api("DELETE", "/v1/campaigns").status == 405);
  CHECK(it.api("GET", "/v1/campaigns").body == R"({"campaigns":[],"cursor":null})");
  CHECK(it.running.left().empty());
}

}  // namespace tandem::test
