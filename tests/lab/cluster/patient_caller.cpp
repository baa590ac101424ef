#include "tests/lab/cluster/patient_caller.hpp"

#include <algorithm>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// How long it is quiet before the caller begins, and how long they wait for an answer before they say
/// something again, or give up.
constexpr auto polite = 400ms;
constexpr auto patience = 5s;
constexpr auto despair = 25s;

}  // namespace

bool patient_caller::begins_now(moment now) const {
  if (now - *up_since_ < 2 * polite) return false;
  if (heard_last_ && now - *heard_last_ < polite) return false;
  if (unfinished_) return now - *heard_last_ >= patience;
  const auto is_answered = !said_last_ || (heard_last_ && *heard_last_ > *said_last_);
  return is_answered || now - *said_last_ >= patience;
}

void patient_caller::speak(moment now, frame& out) {
  if (!up_since_) up_since_ = now;
  frame_tag tag{.call = call_->number, .number = frames_++, .sound = sound_book::silence};
  if (saying_ == 0 && begins_now(now)) {
    ++turn_;
    unfinished_ = false;
    saying_ = 1;
    std::lock_guard guard(call_->mutex);
    call_->spoke[turn_] = now;
  }
  if (saying_ != 0) tag.sound = book_.caller_sound(saying_ - 1);
  out = book_.tagged(tag);
  if (saying_ == 0) return;
  // For the recogniser the tag tells the turn, in place of the sound.
  tag.sound = static_cast<std::uint16_t>(turn_);
  write_tag(out, tag);
  said_last_ = now;
  if (++saying_ <= book_.caller_frames()) return;
  saying_ = 0;
  std::lock_guard guard(call_->mutex);
  call_->said = turn_;
}

void patient_caller::hear(moment now, const frame& heard, bool is_audio) {
  if (!is_audio) return;
  heard_last_ = now;
  tags_.take(heard, [&](const frame_tag& tag) { note(now, tag); });
}

void patient_caller::note(moment now, const frame_tag& tag) {
  const auto word = word_of(tag);
  unfinished_ = word.n + 1 != reply_words;
  std::lock_guard guard(call_->mutex);
  const auto stream = call_->streams.empty() ? 0 : call_->streams.rbegin()->first;
  auto& all = call_->heard;
  // The sound says which 20 ms of the word it is: an earlier one is the same word once more.
  const auto goes_on = !all.empty() && all.back().word == word && all.back().stream == stream &&
                       tag.sound >= all.back().frames;
  if (!goes_on) all.push_back({.word = word, .began = now, .stream = stream});
  all.back().ended = now;
  ++all.back().frames;
}

bool patient_caller::hangs_up(moment now) {
  if (leaving_) return true;
  if (!up_since_) return false;
  const auto quiet_since = std::max(*up_since_, heard_last_.value_or(*up_since_));
  if (now - quiet_since < despair) return false;
  std::lock_guard guard(call_->mutex);
  call_->gave_up = true;
  return true;
}

}  // namespace tandem::lab
