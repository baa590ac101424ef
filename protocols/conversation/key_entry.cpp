#include "protocols/conversation/key_entry.hpp"

#include <algorithm>
#include <utility>

namespace tandem::turns {

void key_entry::press(char key, moment now) {
  if (!is_key(key) || (finished_ && began_)) return;
  const bool late = std::exchange(finished_, false) && now <= ended_ + rules_.pause;
  if (late && rules_.finish.find(key) != std::string::npos) return;
  if (!began_) began_ = now;
  ended_ = now;
  finished_ = rules_.finish.find(key) != std::string::npos;
  if (!finished_) text_ += key;
  finished_ = finished_ || text_.size() >= std::min<std::size_t>(rules_.most, max_keys);
}

std::optional<moment> key_entry::deadline() const {
  if (!began_) return std::nullopt;
  return finished_ ? ended_ : ended_ + rules_.pause;
}

keys key_entry::take(moment now) {
  keys entry{std::exchange(text_, {}), began_.value_or(now), ended_};
  const bool full = finished_ && entry.text.size() >= rules_.most && !rules_.finish.empty();
  *this = key_entry();
  ended_ = entry.ended;
  finished_ = full;
  return entry;
}

}  // namespace tandem::turns
