#pragma once

#include "actors/leg_commander.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/loop.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace tandem {

class call_pass;

/// Lets a call's commands through while this node may act on it. Meanwhile they wait in order, some at most,
/// and none longer than its deadline: then it counts as not accepted.
class pass_gate {
 public:
  using outcome_handler = std::function<void(const command_outcome&)>;
  using sender = std::function<void(carrier_command, outcome_handler)>;

  /// Goes by the clock of `clock`, which must live as long. Without a pass everything goes through.
  pass_gate(leg_commander& clock, sender send) : clock_(clock), send_(std::move(send)) {}

  void use(std::shared_ptr<const call_pass> pass) { pass_ = std::move(pass); }
  const std::shared_ptr<const call_pass>& pass() const { return pass_; }

  bool is_open() const;

  /// Nothing passes, whatever the pass says.
  void hold(bool held) { is_held_ = held; }

  void send(carrier_command command, outcome_handler done);

  /// Nothing passes any more, and nobody hears of what waits.
  void shut();

 private:
  struct entry {
    carrier_command command;
    outcome_handler done;
    moment until;
  };

  void let_through();

  leg_commander& clock_;
  sender send_;
  std::shared_ptr<const call_pass> pass_;
  std::deque<entry> waiting_;
  bool is_held_ = false;
  bool is_shut_ = false;
  timer next_look_;
};

}  // namespace tandem
