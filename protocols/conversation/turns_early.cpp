#include "protocols/conversation/turns.hpp"
#include "protocols/words.hpp"

#include <utility>

// Questions to the agent from before the caller's turn is over; turns.cpp has all others.
namespace tandem::turns {

/// When the agent is to be asked early, if it may be.
std::optional<moment> machine::early_due() const {
  if (!rules_.preemptive || early_ || asked_early_ == max_early || deaf_ || !keys_.is_empty())
    return std::nullopt;
  return draft_.at_rest();
}

void machine::follow_early(step& at) {
  const auto voice = voice_due();
  const bool goes_on = voice && *voice <= at.now;
  if (early_ && (goes_on || !words::same(early_->text(), draft_.text()))) take_back(at);
  if (const auto due = early_due(); due && *due <= at.now) ask_early(at);
}

void machine::ask_early(step& at) {
  ++asked_early_;
  early_.emplace(++last_turn_, draft_.text());
  at.out.push_back(ask_agent{last_turn_, early_->text(), question::words, true});
}

/// False for an event that has nothing to do with an early question.
bool machine::kept_early(const event& what, step& at) {
  if (!early_ || !early_->take(what, at.since)) return false;
  if (early_->has_failed()) {
    // It is asked again when the turn is over.
    take_back(at);
    asked_early_ = max_early;
  }
  return true;
}

/// What the agent has said so far is said as if it came just now, but for when it was there.
void machine::confirm(said words, step& at) {
  auto kept = std::move(*std::exchange(early_, std::nullopt));
  at.out.push_back(confirm_agent{kept.turn()});
  await_reply(kept.turn(), question::words, std::move(words), at);
  step now{at.now, at.now, at.out};
  for (const auto& each : std::move(kept).told())
    std::visit([&](const auto& known) { on(known, now); }, each);
  auto* what = find(kept.turn());
  if (!what) return;
  what->trace.asked = kept.asked();
  if (kept.first_token()) what->trace.first_token = kept.first_token();
  if (kept.first_sentence()) what->trace.first_sentence = kept.first_sentence();
}

void machine::take_back(step& at) {
  if (early_) at.out.push_back(cancel_agent{early_->turn(), dismissal::unheard});
  early_.reset();
}

}  // namespace tandem::turns
