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

bool pressed_keys::take_event(char key, moment now) {
  has_events_ = true;
  while (!told_.empty() && now >= told_.front().at + same_press) told_.pop_front();
  if (take_out(key, told_)) return false;
  take_out(key, heard_);
  return true;
}

void pressed_keys::take_tones(char key, moment now) {
  if (!has_events_ && heard_.size() < most) heard_.push_back({key, now});
}

std::optional<char> pressed_keys::next(moment now) {
  if (heard_.empty() || now < heard_.front().at + grace) return std::nullopt;
  const auto key = heard_.front().key;
  heard_.pop_front();
  if (told_.size() == most) told_.pop_front();
  told_.push_back({key, now});
  return key;
}

std::optional<moment> pressed_keys::deadline() const {
  if (heard_.empty()) return std::nullopt;
  return heard_.front().at + grace;
}

}  // namespace tandem
