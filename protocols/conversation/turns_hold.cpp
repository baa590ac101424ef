#include "protocols/conversation/turns.hpp"
#include "protocols/words.hpp"

#include <utility>

// A call on hold: nothing that is heard counts, and nobody speaks but those who hold it.
namespace tandem::turns {

/// Who holds the call does not want it to end with a goodbye that is just being said; who has been given away
/// is not here to be held.
void machine::on(const hold_call& wish, step& at) {
  const bool leaves = std::holds_alternative<closing>(floor_) && wish.by == holder::caller;
  if (hold_ || leaves || std::holds_alternative<away>(floor_)) return;
  take_back(at);
  begin_hold(wish.by, wish.sound, wish.time, at);
  if (!words::is_blank(wish.text) && wish.text.size() <= max_reply_text) waiting_texts_.push_front(wish.text);
  if (auto* what = const_cast<reply*>(std::as_const(*this).current());
      what && !std::holds_alternative<stopping>(floor_))
    leave_caller(std::move(*what), at);
  record_draft(at);
  draft_.drop();
}

void machine::on(const end_hold& wish, step&) {
  if (hold_ && (wish.by != holder::caller || hold_->by == holder::caller)) hold_->is_over = true;
  // An agent that is about to hold the call need not.
  auto* what = const_cast<reply*>(std::as_const(*this).current());
  if (what && what->then == next::hold && wish.by != holder::caller) what->then = next::listen;
}

void machine::begin_hold(holder by, std::string sound, std::chrono::milliseconds time, step& at) {
  const auto longest = time.count() == 0 ? rules_.hold : std::min(time, rules_.hold);
  hold_ = hold{by, at.now + longest, sound.empty() ? rules_.hold_sound : std::move(sound), false, false};
  at.out.push_back(on_hold{by, longest});
}

/// Nothing more of a reply is heard: what the caller said before it stays said.
void machine::leave_caller(reply what, step& at) {
  if (what.audible) return stop(std::move(what), stop_cause::hold, at);
  if (what.agent != agent_part::none) at.out.push_back(cancel_agent{what.turn, dismissal::unheard});
  if (what.written) at.out.push_back(stop_speech{what.turn});
  what.notes.clear();
  settle_caller(what, at);
  floor_ = listening{at.now};
}

void machine::stay_on_hold(step& at) {
  forget_caller(at);
  if (hold_->is_over || at.now >= hold_->until) return go_off_hold(at);
  if (hold_->by == holder::caller) return;
  if (!waiting_texts_.empty()) {
    silence_sound(at);
    say_waiting_text(at);
  } else if (!hold_->sounds && !hold_->sound.empty()) {
    hold_->sounds = true;
    at.out.push_back(start_sound{hold_->sound});
  }
}

void machine::go_off_hold(step& at) {
  silence_sound(at);
  hold_.reset();
  prompted_ = false;
  at.out.push_back(off_hold{});
  if (deaf_) return say_goodbye(at);
  ask(question::hold_over, {}, std::nullopt, at);
}

void machine::silence_sound(step& at) {
  if (std::exchange(hold_->sounds, false)) at.out.push_back(stop_sound{});
}

}  // namespace tandem::turns
