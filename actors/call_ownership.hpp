#pragma once

#include "actors/call.hpp"
#include "actors/pass_gate.hpp"
#include "actors/runtime/back_off.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/conversation/call_value.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// A call as what its ownership is about.
class movable_call {
 public:
  virtual ~movable_call() = default;

  /// All of it but what is being said in a dialogue that has begun.
  virtual call_value value() const = 0;

  /// The dialogue, once it has begun.
  virtual dialogue_actor talk() const = 0;

  /// Whether its leg is in a state to go on elsewhere; `at_once` leaves no time to wait for a better one.
  virtual bool may_move(bool at_once) const = 0;

  /// From now on it is acted on under this pass.
  virtual void use_pass(const std::shared_ptr<const call_pass>& pass) = 0;

  /// It is another node's, whose name is empty when it is not known.
  virtual void forsake(std::string_view to) = 0;

  /// What was put off is to be done now.
  virtual void end(std::string_view reason) = 0;
  virtual void take(const webhook_received& event) = 0;
};

/// What a call does about whose it is: it claims its lease, has its value kept for the next owner, gives
/// itself away, and does nothing that its node is not permitted to. On a node that is alone, and for a call
/// that nobody controls, there is nothing to do.
class call_ownership {
 public:
  using actor = pinned<actor_kind::call, call_actor::base>;

  /// All of them must live as long; `send` sends a command at once. A call that has its pass is this node's
  /// and claims nothing.
  call_ownership(actor& self, movable_call& call, leg_commander& clock, const services& shared,
                 const call_origin& origin, pass_gate::sender send);

  /// Whether the call may be another node's one day.
  bool is_shared() const { return is_shared_; }

  /// Asks whose the call is; `begin` unless it is another's, and says whether that is in doubt.
  void claim(std::function<void(bool in_doubt)> begin);

  /// The carrier has named the leg that we dial.
  void named(const std::string& carrier_call_id);

  /// The value is another one than it was; settled = something is complete that must not be lost.
  void changed(bool settled);

  /// Another node is to have the call: see `give_call_away`.
  void give_away(bool at_once);

  /// Whether the call is being given away just now.
  bool is_moving() const { return is_moving_; }

  /// Whether nobody can say just now that the call is ours to be ended; `end` follows once it is.
  bool puts_off_end(std::string_view reason);

  /// Whether the webhook has to wait for the new owner, or for the news that there is none.
  bool puts_off(const webhook_received& event);

  /// Sends a command of Call Control as soon as it is permitted to.
  void send(carrier_command command, pass_gate::outcome_handler done) {
    gate_.send(std::move(command), std::move(done));
  }

  /// The call ends in order: nobody else gets it any more.
  void stop();
  /// … and has ended.
  void end_lease();

  /// The call is another node's: what waits here is nobody's, or that one's.
  void leave();

 private:
  void ask_whose();
  void on_ruling(const claim_ruling& ruling);
  void use(const std::shared_ptr<const call_pass>& pass);
  void look();
  void look_after(std::chrono::nanoseconds wait);
  void describe();
  void on_described(dialogue_value talk, bool was_changed, bool was_settled);
  void move(std::string value);
  void on_moved(const move_ruling& ruling);
  /// Whether the call is this node's beyond doubt, now.
  bool is_certain() const { return !is_claiming_ && !is_moving_ && gate_.is_open(); }
  bool is_to_move() const;
  void look_at_end();

  actor& self_;
  movable_call& call_;
  leg_commander& clock_;
  const services& shared_;
  const std::string call_id_;
  std::string carrier_call_id_;
  const bool is_shared_;
  pass_gate gate_;
  back_off waits_;

  bool is_claiming_ = false;
  std::function<void(bool)> begin_;
  timer next_claim_;

  bool is_changed_ = false;
  bool is_settled_ = false;
  bool is_describing_ = false;
  moment described_at_{};
  timer next_look_;

  bool is_wanted_ = false;
  bool at_once_ = false;
  bool is_moving_ = false;
  moment next_try_{};
  std::vector<webhook_received> webhooks_;

  /// Why the call is to end as soon as it is ours to be ended, and how long that is waited for.
  std::string end_reason_;
  moment end_by_{};
  timer next_end_look_;

  bool is_over_ = false;
};

}  // namespace tandem
