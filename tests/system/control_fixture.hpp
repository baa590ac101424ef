#pragma once

#include "protocols/json.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "tests/system/staying_caller.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::test {

/// What the carrier tells of the calls that the engine placed.
struct placed_calls {
  std::mutex mutex;
  std::vector<lab::call_outcome> over;
  staying_caller somebody;
  /// Commands by action, those that were refused on purpose too.
  std::map<std::string, int, std::less<>> commands;
  /// Answers that are given in place of the carrier's, so many times; by action.
  std::map<std::string, std::pair<int, server_answer>, std::less<>> instead;

  int count(std::string_view action) {
    std::lock_guard guard(mutex);
    const auto found = commands.find(action);
    return found == commands.end() ? 0 : found->second;
  }

  void answer_instead(const std::string& action, int times, server_answer answer) {
    std::lock_guard guard(mutex);
    instead[action] = {times, std::move(answer)};
  }

  std::vector<lab::call_outcome> ended() {
    std::lock_guard guard(mutex);
    return over;
  }
};

/// An engine with Call Control that may place calls, and the API to drive it.
struct controlled_engine {
  explicit controlled_engine(std::function<void(lab::carrier_options&)> more = {},
                             std::vector<std::string> flags = {})
      : running(options_with(placed, std::move(more), std::move(flags))) {}

  static running_engine::options options_with(const std::shared_ptr<placed_calls>& placed,
                                              std::function<void(lab::carrier_options&)> more,
                                              std::vector<std::string> flags) {
    running_engine::options out;
    out.flags = {"--telnyx.connection_id=app"};
    out.flags.insert(out.flags.end(), flags.begin(), flags.end());
    out.call_control = true;
    out.carrier = [placed, more = std::move(more)](lab::carrier_options& line) {
      line.connection_id = "app";
      line.longest_ring = std::chrono::milliseconds(300);
      line.answering = [placed](const std::string&) -> lab::person* { return &placed->somebody; };
      line.placed_over = [placed](const lab::call_outcome& how) {
        std::lock_guard guard(placed->mutex);
        placed->over.push_back(how);
      };
      line.fault = [placed](std::string_view action, const std::string&) -> std::optional<server_answer> {
        std::lock_guard guard(placed->mutex);
        ++placed->commands[std::string(action)];
        const auto found = placed->instead.find(action);
        if (found == placed->instead.end() || found->second.first-- <= 0) return std::nullopt;
        return found->second.second;
      };
      if (more) more(line);
    };
    return out;
  }

  using headers = std::vector<std::pair<std::string, std::string>>;

  /// Asks the API.
  http_answer api(const std::string& method, const std::string& path, const std::string& body = {},
                  const headers& more = {}) {
    return ask(running.engine->admin_port(), method, path, body, more);
  }

  /// Asks the carrier, as another program with the same account does.
  http_answer carrier_api(const std::string& method, const std::string& path, const std::string& body = {}) {
    return ask(running.telnyx.port(), method, "/v2" + path, body, {{"Authorization", "Bearer test"}});
  }

  http_answer ask(std::uint16_t port, const std::string& method, const std::string& path,
                  const std::string& body, headers more) {
    more.emplace_back("Content-Type", "application/json");
    auto network = make_http_client();
    std::promise<http_answer> answered;
    std::unique_ptr<http_exchange> exchange;
    running.loops.run([&] {
      exchange = network->send(running.loops.first(),
                               {.to = peer::admin,
                                .method = method,
                                .url = "http://127.0.0.1:" + std::to_string(port) + path,
                                .headers = more,
                                .body = body},
                               [&](http_answer got) { answered.set_value(std::move(got)); });
    });
    auto got = answered.get_future().get();
    running.loops.run([&] { exchange.reset(); });
    return got;
  }

  http_answer place(const std::string& to, const std::string& more = {}) {
    return api("POST", "/v1/calls", R"({"to":")" + to + R"(","from":"+13125550100")" + more + "}");
  }

  /// A text of a call as the API tells it.
  static std::string text_of(std::string body, std::string_view key) {
    json::document document;
    if (document.parse({body.data(), body.size()}) != json::fault::none) return {};
    return std::string(json::text_or(document.root(), key));
  }

  std::string text(const std::string& id, std::string_view key) {
    return text_of(api("GET", "/v1/calls/" + id).body, key);
  }

  bool becomes_text(const std::string& id, std::string_view key, std::string_view value) {
    return becomes([&] { return text(id, key) == value; });
  }

  /// The engine dies without a word.
  void kill() {
    running.engine->signal(SIGKILL);
    running.engine->wait_end(std::chrono::seconds(30));
  }

  /// A number of a campaign's counts, as the API tells it; -1 when it does not.
  std::int64_t campaign_count(const std::string& id, std::string_view key) {
    auto body = api("GET", "/v1/campaigns/" + id).body;
    json::document document;
    if (document.parse({body.data(), body.size()}) != json::fault::none) return -1;
    const auto* numbers = json::find(document.root(), "numbers");
    return numbers == nullptr ? -1 : json::integer(*numbers, key).value_or(-1);
  }

  std::string campaign_state(const std::string& id) {
    return text_of(api("GET", "/v1/campaigns/" + id).body, "state");
  }

  std::size_t legs() {
    std::size_t count = 0;
    running.loops.run([&] { count = running.telnyx.calls(); });
    return count;
  }

  std::shared_ptr<placed_calls> placed = std::make_shared<placed_calls>();
  running_engine running;
};

}  // namespace tandem::test
