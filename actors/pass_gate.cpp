#include "actors/pass_gate.hpp"

#include "actors/cluster/call_pass.hpp"
#include "actors/commanding.hpp"

#include <chrono>
#include <cstddef>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto look_pause = 20ms;
constexpr std::size_t most_waiting = 32;

const command_outcome& not_permitted() {
  static const command_outcome outcome{.accepted = false, .code = {}, .detail = "the node may not act"};
  return outcome;
}

}  // namespace

bool pass_gate::is_open() const {
  return !is_shut_ && !is_held_ && (pass_ == nullptr || pass_->valid(clock_.now()));
}

void pass_gate::send(carrier_command command, outcome_handler done) {
  if (is_shut_) return;
  if (waiting_.empty() && is_open()) return send_(std::move(command), std::move(done));
  if (waiting_.size() >= most_waiting) return done(not_permitted());
  waiting_.push_back({std::move(command), std::move(done), clock_.now() + command_deadline});
  if (waiting_.size() == 1) next_look_ = clock_.after(look_pause, [this] { let_through(); });
}

void pass_gate::let_through() {
  while (!waiting_.empty()) {
    const bool passes = is_open();
    if (!passes && clock_.now() < waiting_.front().until) break;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    passes ? send_(std::move(next.command), std::move(next.done)) : next.done(not_permitted());
  }
  if (!waiting_.empty()) next_look_ = clock_.after(look_pause, [this] { let_through(); });
}

void pass_gate::shut() {
  is_shut_ = true;
  waiting_.clear();
  next_look_.cancel();
}

}  // namespace tandem
