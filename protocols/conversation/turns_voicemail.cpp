#include "protocols/conversation/turns.hpp"

// An answering machine is let finish its greeting; then the agent may leave a message.
namespace tandem::turns {

namespace {

// The longest greeting; nobody says how every one ends.
constexpr std::chrono::seconds greeting_limit{30};

}  // namespace

/// What was begun was for a person; a goodbye is let finish.
void machine::on(const machine_heard& what, step& at) {
  if (std::holds_alternative<closing>(floor_)) return;
  const bool known = voicemail_.has_value();
  if (known && voicemail_->greeting_over) return;
  if (!known) voicemail_ = voicemail{at.now};
  voicemail_->greeting_over = what.greeting_over;
  voicemail_->beep = what.beep;
  take_back(at);
  auto* reply = const_cast<turns::reply*>(current());
  if (known || !reply || std::holds_alternative<stopping>(floor_)) return;
  if (reply->audible) return stop(std::move(*reply), stop_cause::machine, at);
  withdraw(std::move(*reply), at);
}

moment machine::greeting_due() const { return voicemail_->since + greeting_limit; }

/// What a machine says is no turn.
void machine::await_greeting(step& at) {
  if (draft_.is_complete()) draft_.drop();
  if (!voicemail_->greeting_over && at.now < greeting_due()) return;
  voicemail_->greeting_over = voicemail_->told = true;
  forget_caller(at);
  // Nor is it asked later whether it is still there.
  prompted_ = true;
  ask(voicemail_->beep ? question::beep : question::machine, {}, std::nullopt, at);
}

void machine::forget_caller(step& at) {
  draft_.drop();
  if (!keys_.is_empty()) keys_.take(at.now);
}

}  // namespace tandem::turns
