#include "tests/lab/load/api_probe.hpp"

#include "protocols/json.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto period = 100ms;

/// The id of the first call of a list; empty when there is none.
std::string first_id(std::string list) {
  json::document document;
  if (document.parse({list.data(), list.size()}) != json::fault::none) return {};
  const auto calls = json::elements(document.root(), "calls");
  return calls.empty() ? std::string() : std::string(json::text_or(calls.front(), "id"));
}

}  // namespace

api_probe::api_probe(std::string url) : url_(std::move(url)), http_(make_http_client()) {
  loops_.run([this] {
    due_ = loops_.first().now();
    ask_list();
  });
}

api_probe::~api_probe() {
  loops_.run([this] {
    next_.cancel();
    exchange_.reset();
    http_.reset();
  });
}

api_figures api_probe::figures() {
  api_figures out;
  loops_.run([&] { out = figures_; });
  return out;
}

void api_probe::ask_list() {
  ask("/v1/calls?limit=50", figures_.list, [this](const http_answer& list) { ask_call(list); });
}

void api_probe::ask_call(const http_answer& list) {
  const auto id = first_id(list.body);
  if (id.empty()) return pause();
  ask("/v1/calls/" + id, figures_.call, [this](const http_answer&) { pause(); });
}

void api_probe::ask(const std::string& path, time_statistics& into,
                    std::function<void(const http_answer&)> then) {
  auto& home = loops_.first();
  const auto done = [this, &home, &into, began = home.now(), then = std::move(then)](const http_answer& got) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(home.now() - began);
    if (got.status == 200) {
      into.add(static_cast<std::uint64_t>(took.count()));
    } else {
      ++figures_.failures;
    }
    // From inside the exchange, which the next one replaces.
    home.post([then, got] { then(got); });
  };
  exchange_ = http_->send(home, {.to = peer::admin, .method = "GET", .url = url_ + path}, done);
}

void api_probe::pause() {
  auto& home = loops_.first();
  due_ = std::max(due_ + period, home.now());
  next_ = home.at(due_, [this] { ask_list(); });
}

}  // namespace tandem::lab
