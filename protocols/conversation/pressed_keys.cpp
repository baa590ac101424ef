#include "protocols/conversation/pressed_keys.hpp"

#include <algorithm>

namespace tandem {
namespace {

/// Takes this key out of those; false when it is not among them.
bool take_out(char key, auto& presses) {
  const auto found =
      std::find_if(presses.begin(), presses.end(), [&](const auto& one) { return one.key == key; });
  if (found == presses.end()) return false;
  presses.erase(found);
  return true;
}

}  // namespace

void pressed_keys::take_event(char key, std::optional<press_time> pressed, moment now) {
  has_events_ = true;
  while (!told_.empty() && now >= told_.front().at + same_press) told_.erase(told_.begin());
  if (take_out(key, told_)) return;
  take_out(key, heard_);
  if (pressed) {
    const bool is_late = newest_told_ && *pressed < *newest_told_;
    keep({key, *pressed, is_late ? now : now + overtaken});
  } else if (!events_.empty()) {
    keep({key, events_.back().pressed, events_.back().due});
  } else {
    keep({key, newest_told_.value_or(press_time::min()), now});
  }
  if (events_.size() > most) events_.front().due = std::min(events_.front().due, now);
}

/// Behind those that were pressed before it or at the same time; none waits longer than one behind it.
void pressed_keys::keep(event what) {
  const auto behind = std::ranges::upper_bound(events_, what.pressed, {}, &event::pressed);
  if (behind != events_.end()) what.due = std::min(what.due, behind->due);
  events_.insert(behind, what);
}

void pressed_keys::take_tones(char key, moment now) {
  if (!has_events_ && heard_.size() < most) heard_.push_back({key, now});
}

void pressed_keys::expect_no_more(moment now) {
  for (auto& each : events_) each.due = std::min(each.due, now);
}

std::optional<char> pressed_keys::next(moment now) {
  const auto due = deadline();
  if (!due || now < *due) return std::nullopt;
  return !events_.empty() && events_.front().due == *due ? tell_event() : tell_heard(now);
}

char pressed_keys::tell_event() {
  const auto told = events_.front();
  events_.erase(events_.begin());
  newest_told_ = std::max(newest_told_.value_or(told.pressed), told.pressed);
  return told.key;
}

char pressed_keys::tell_heard(moment now) {
  const auto key = heard_.front().key;
  heard_.erase(heard_.begin());
  if (told_.size() == most) told_.erase(told_.begin());
  told_.push_back({key, now});
  return key;
}

std::optional<moment> pressed_keys::deadline() const {
  std::optional<moment> due;
  if (!events_.empty()) due = events_.front().due;
  if (!heard_.empty()) due = std::min(due.value_or(moment::max()), heard_.front().at + grace);
  return due;
}

}  // namespace tandem
