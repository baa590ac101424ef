#include "tests/lab/scripted_caller.hpp"

#include <algorithm>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// People wait so long after the other's last word.
constexpr auto politeness = 600ms;

constexpr auto frame_time = 20ms;

/// A line without an answer for so long is dead to the caller.
constexpr auto patience = 20s;

/// After the last line and its answer the caller waits so long for the agent to end the call.
constexpr auto farewell = 5s;

std::chrono::milliseconds between(moment from, moment to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from);
}

}  // namespace

void scripted_caller::hear(moment now, const frame&, bool is_audio) {
  if (!up_since_) up_since_ = now;
  if (!is_audio) {
    if (heard_last_ && now - *heard_last_ >= politeness) heard_since_.reset();
    // The agent fell silent under an interruption.
    if (interrupting_ && heard_last_) {
      interrupting_ = false;
      talked_over_.push_back(std::max(0ms, between(began_, *heard_last_)));
    }
    return;
  }
  if (!heard_since_) heard_since_ = now;
  heard_last_ = now;
  if (saying_ || answered_) return;
  answered_ = true;
  if (finished_) waited_.push_back(between(*finished_, now));
}

bool scripted_caller::begins_now(moment now) const {
  if (next_ == lines_.size()) return false;
  const auto& line = lines_[next_];
  if (line.unasked) return true;
  if (!answered_) return false;
  if (line.interrupts_after) return heard_since_ && now - *heard_since_ >= *line.interrupts_after;
  return heard_last_ && now - *heard_last_ >= politeness;
}

void scripted_caller::speak(moment now, frame& out) {
  if (!saying_ && begins_now(now)) {
    saying_ = &lines_[next_++];
    said_ = 0;
    began_ = now;
    answered_ = false;
    interrupting_ = saying_->interrupts_after.has_value();
    if (interrupting_) interruptions_.push_back({frame_time * frames_, {}});
  }
  ++frames_;
  out.fill(silence_);
  if (!saying_) return;
  auto count = std::min(out.size(), saying_->audio.size() - said_);
  std::copy_n(saying_->audio.begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
  said_ += count;
  if (said_ < saying_->audio.size()) return;
  if (saying_->interrupts_after) interruptions_.back().end = frame_time * frames_;
  saying_ = nullptr;
  finished_ = now;
}

bool scripted_caller::hangs_up(moment now) {
  if (saying_) return false;
  auto since = finished_ ? *finished_ : up_since_.value_or(now);
  if (!answered_) return gave_up_ = now - since >= patience;
  return next_ == lines_.size() && heard_last_ && now - *heard_last_ >= farewell;
}

}  // namespace tandem::lab
