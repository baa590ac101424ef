#include "tests/lab/load/api_probe.hpp"

#include "gateway/network/http_server.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// Stands in for an engine's operator's side.
struct fake_api {
  fake_api()
      : server({&loops.first()}, {},
               {.on_request = [this](const server_request& request,
                                     const respond& answer) { on_request(request, answer); },
                .on_upgrade = [](std::unique_ptr<upgrade> stream) { stream->refuse({.status = 404}); }}) {
    server.start();
  }
  ~fake_api() { server.stop(); }

  void on_request(const server_request& request, const respond& answer) {
    const bool is_list = request.head.path == "/v1/calls" && request.head.parameter("limit") == "50";
    if (is_list) {
      ++lists;
      return answer({.body = list});
    }
    request.head.path == "/v1/calls/newest" ? ++calls : ++others;
    answer({.status = call_status, .body = "{}"});
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server.port()); }

  std::atomic<int> lists = 0;
  std::atomic<int> calls = 0;
  std::atomic<int> others = 0;
  std::string list = R"({"calls":[{"id":"newest"},{"id":"older"}],"cursor":null})";
  unsigned call_status = 200;
  lab_loops loops;
  http_server server;
};

/// The probe's figures once it has asked for the list so often.
api_figures figures_after(const fake_api& api, int lists) {
  api_probe probe(api.url());
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (api.lists < lists && std::chrono::steady_clock::now() < until)
    std::promise<void>().get_future().wait_for(10ms);
  return probe.figures();
}

}  // namespace

TEST_CASE("the probe asks for the newest calls and then for the newest of them") {
  fake_api api;
  const auto seen = figures_after(api, 3);
  CHECK(seen.list.count() >= 2);
  CHECK(seen.call.count() >= 2);
  CHECK(seen.failures == 0);
  CHECK(api.calls >= 2);
  CHECK(api.others == 0);
}

TEST_CASE("what the API does not answer as it should is counted and not measured") {
  fake_api api;
  api.call_status = 503;
  const auto seen = figures_after(api, 3);
  CHECK(seen.failures >= 2);
  CHECK(seen.call.count() == 0);
}

TEST_CASE("without calls the probe asks for the list alone") {
  fake_api api;
  api.list = R"({"calls":[],"cursor":null})";
  const auto seen = figures_after(api, 3);
  CHECK(seen.list.count() >= 2);
  CHECK(api.calls + api.others == 0);
}

}  // namespace tandem::lab
