#pragma once

#include "actors/agents/agent_host.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "tests/actors/fake_http.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// What an agent has of the world, when the test is the world.
struct fake_host final : agent_host {
  std::unique_ptr<http_exchange> send(http_request request, std::function<void(http_answer)> done) override {
    requests.push_back(std::move(request));
    answers.push_back(std::move(done));
    return std::make_unique<fake_http::exchange>(open);
  }
  void prepare(peer, const std::string& url) override { prepared.push_back(url); }
  circuit_breaker* breaker(const std::string& url, const std::string& key) override {
    return &breakers->of(peer::agent, url, key);
  }
  timer after(std::chrono::milliseconds wait, std::function<void()> call) override {
    waits.push_back(wait);
    timers->emplace(++last_timer, std::move(call));
    return timer(std::make_unique<pending>(timers, last_timer));
  }
  void control(call_wish wish, std::string text) override { wishes.emplace_back(wish, std::move(text)); }
  void used(std::uint64_t input, std::uint64_t output) override {
    input_tokens += input;
    output_tokens += output;
  }
  moment now() const override { return time; }
  std::chrono::system_clock::time_point wall_clock() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
  }

  /// The newest request's next bytes, and its end.
  void part(std::string_view bytes) {
    const auto take = requests.back().part;
    take(bytes);
  }
  void end(unsigned status = 200, std::string body = {}) {
    const auto done = answers.back();
    done({.status = status, .body = std::move(body)});
  }

  /// Events of a stream of chat completions.
  void text(std::string_view words) {
    part(R"(data: {"choices":[{"delta":{"content":")" + std::string(words) + "\"}}]}\n\n");
  }
  void stop(std::string_view reason = "stop") {
    part(R"(data: {"choices":[{"delta":{},"finish_reason":")" + std::string(reason) + "\"}]}\n\n");
  }

  void fire_timer() {
    const auto call = std::move(timers->begin()->second);
    timers->erase(timers->begin());
    call();
  }

  using pending_calls = std::map<int, std::function<void()>>;
  struct pending final : timer::pending {
    pending(std::shared_ptr<pending_calls> all, int id) : all_(std::move(all)), id_(id) {}
    ~pending() override { all_->erase(id_); }
    std::shared_ptr<pending_calls> all_;
    int id_;
  };

  /// Of the node, which several calls may be on.
  std::shared_ptr<circuit_breakers> breakers = std::make_shared<circuit_breakers>();
  moment time{std::chrono::hours(1)};
  std::vector<http_request> requests;
  std::vector<std::function<void(http_answer)>> answers;
  std::size_t open = 0;
  std::vector<std::string> prepared;
  std::shared_ptr<pending_calls> timers = std::make_shared<pending_calls>();
  int last_timer = 0;
  std::vector<std::chrono::milliseconds> waits;
  std::vector<std::pair<call_wish, std::string>> wishes;
  std::uint64_t input_tokens = 0;
  std::uint64_t output_tokens = 0;
};

}  // namespace tandem::test
