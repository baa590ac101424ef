#include "protocols/conversation/caller_draft.hpp"

#include "protocols/conversation/utterance_end.hpp"
#include "protocols/words.hpp"

#include <algorithm>
#include <utility>

namespace tandem::turns {

namespace {

using std::chrono::milliseconds;

// The silence that ends a turn is never made shorter than the one nor longer than the other.
constexpr milliseconds shortest_silence{250};
constexpr milliseconds longest_silence{1500};

// Who goes on so soon had not finished.
constexpr milliseconds too_early{1000};

// So long a partial stays the same before it counts as whole, if nothing else tells.
constexpr milliseconds stable{150};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A byte of a letter, a digit, or of anything beyond ASCII: "-" and "..." are no words.
bool is_spoken(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  while (!text.empty()) {
    const auto word = text.substr(
        0, static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_blank) - text.begin()));
    if (std::any_of(word.begin(), word.end(), is_spoken)) ++words;
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return words;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

void join(std::string& text, std::string_view more) {
  more = trimmed(more);
  if (more.empty() || text.size() + more.size() + 1 > caller_draft::max_text) return;
  if (!text.empty()) text += ' ';
  text += more;
}

}  // namespace

void caller_draft::voice_started(moment at, moment now) {
  if (!began_) began_ = at;
  if (auto* voice = std::get_if<voiced>(&state_)) {
    voice->news = now;
  } else {
    state_ = voiced{at, now};
  }
}

void caller_draft::voice_ended(moment at) {
  ended_ = std::max(at, ended_.value_or(at));
  state_ = trailing{*ended_};
}

void caller_draft::partial(std::string_view text, moment now) {
  text = trimmed(text);
  // Until the answer of a given-up commit is there, a partial may still be of words that were used already.
  if (count_words(text) == 0 || text.size() > max_text || answered_ < given_up_) return;
  const bool changed = text != partial_;
  if (auto* voice = std::get_if<voiced>(&state_)) {
    if (changed) voice->news = now;
  } else {
    if (!changed || words::same(text, committed_)) return;
    // Words without voice: the detector missed them.
    if (!std::holds_alternative<trailing>(state_) && !std::holds_alternative<waiting>(state_)) {
      ended_ = now;
      state_ = trailing{now};
    }
  }
  if (!began_) began_ = now;
  if (changed) changed_ = now;
  partial_ = text;
}

bool caller_draft::answered_in_time() {
  if (answered_ >= asked_) return true;  // Scribe committed by itself
  return ++answered_ > given_up_;
}

void caller_draft::committed(std::string_view text, moment now, std::chrono::nanoseconds own) {
  if (!answered_in_time()) return;
  partial_.clear();
  committed_ = trimmed(text).substr(0, max_text);
  if (count_words(text) != 0) {
    append(text);
    if (!began_) began_ = ended_.value_or(now);
    transcribed_ = now;
    commit_own_ = own;
  }
  if (const auto* wait = std::get_if<waiting>(&state_)) {
    if (answered_ < asked_) return;
    took_ = std::max(now - wait->asked, moment::duration(0));
    settle(wait->ended);
  } else if (is_quiet()) {
    settle(ended_.value_or(now));
  }
}

void caller_draft::commit_failed() {
  if (answered_ >= asked_ || !answered_in_time()) return;
  const auto* wait = std::get_if<waiting>(&state_);
  if (!wait || answered_ < asked_) return;
  append(std::exchange(partial_, {}));
  settle(wait->ended);
}

void caller_draft::taken_over(moment now) {
  append(std::exchange(partial_, {}));
  answered_ = given_up_ = asked_;
  if (std::holds_alternative<voiced>(state_)) {
    voice_ended(now);
  } else if (const auto* wait = std::get_if<waiting>(&state_)) {
    settle(wait->ended);
  }
}

unsigned caller_draft::tick(const endpoint_rules& rules, moment now) {
  unsigned commits = 0;
  for (auto due = deadline(rules); due && *due <= now; due = deadline(rules)) {
    if (const auto* silence = std::get_if<trailing>(&state_)) {
      state_ = waiting{silence->ended, now};
      ++asked_;
      ++commits;
    } else if (std::holds_alternative<voiced>(state_)) {
      ended_ = now;
      state_ = waiting{now, now};
      ++asked_;
      ++commits;
    } else if (const auto* wait = std::get_if<waiting>(&state_)) {
      if (!partial_.empty()) given_up_ = asked_;
      append(std::exchange(partial_, {}));
      settle(wait->ended);
    } else {
      state_ = complete{};
    }
  }
  return commits;
}

std::optional<moment> caller_draft::deadline(const endpoint_rules& rules) const {
  if (const auto* voice = std::get_if<voiced>(&state_)) {
    const bool wordless = text_.empty() && partial_.empty();
    return voice->news + (wordless ? rules.wordless_voice : rules.stale_voice);
  }
  if (const auto* silence = std::get_if<trailing>(&state_)) return silence->ended + rules.silence / 2;
  if (const auto* wait = std::get_if<waiting>(&state_)) return wait->asked + rules.transcript;
  if (const auto* rest = std::get_if<settled>(&state_)) return rest->ended + silence(rules);
  return std::nullopt;
}

milliseconds caller_draft::silence(const endpoint_rules& rules) const {
  if (!rules.adaptive) return rules.silence;
  const auto base = rules.silence * (5 + pauses_) / 5;
  switch (end_of(text_, is_answer_)) {
    case utterance_end::complete:
      return std::min(base, std::max(base * 3 / 5, shortest_silence));
    case utterance_end::open:
      return std::max(base, std::min(base * 5 / 2, longest_silence));
    case utterance_end::unknown:
      break;
  }
  return base;
}

std::optional<moment> caller_draft::at_rest() const {
  if (const auto* rest = std::get_if<settled>(&state_))
    return end_of(text_, is_answer_) == utterance_end::open ? std::nullopt : std::optional(rest->ended);
  std::optional<moment> ended;
  if (const auto* silence = std::get_if<trailing>(&state_)) ended = silence->ended;
  if (const auto* wait = std::get_if<waiting>(&state_)) ended = wait->ended;
  if (!ended || partial_.empty() || !changed_) return std::nullopt;
  switch (end_of(partial_, is_answer_)) {
    case utterance_end::complete:
      return ended;
    case utterance_end::open:
      return std::nullopt;
    case utterance_end::unknown:
      break;
  }
  return std::max(*ended, *changed_ + stable);
}

std::optional<moment> caller_draft::voice_since() const {
  const auto* voice = std::get_if<voiced>(&state_);
  return voice ? std::optional(voice->since) : std::nullopt;
}

std::size_t caller_draft::words() const { return count_words(text_) + count_words(partial_); }

std::string caller_draft::text() const {
  auto whole = text_;
  join(whole, partial_);
  return whole;
}

said caller_draft::take(moment now) {
  said turn{std::exchange(text_, {}),
            began_.value_or(now),
            ended_.value_or(now),
            took_,
            transcribed_,
            commit_own_,
            now};
  partial_.clear();
  began_.reset();
  ended_.reset();
  took_.reset();
  rejoined_ = false;
  transcribed_.reset();
  commit_own_.reset();
  state_ = quiet{};
  return turn;
}

void caller_draft::rejoin(said before) {
  rejoined_ = began_ && *began_ <= before.taken + too_early;
  const auto later = std::exchange(text_, std::move(before.text));
  append(later);
  began_ = before.began;
  if (!ended_) ended_ = before.ended;
  if (is_quiet()) settle(*ended_);
}

void caller_draft::drop() {
  text_.clear();
  partial_.clear();
  began_.reset();
  rejoined_ = false;
  transcribed_.reset();
  commit_own_.reset();
  if (!std::holds_alternative<trailing>(state_) && !std::holds_alternative<waiting>(state_)) state_ = quiet{};
}

void caller_draft::append(std::string_view text) {
  const auto before = text_.size();
  join(text_, text);
  if (text_.size() != before && std::exchange(rejoined_, false)) pauses_ = std::min(pauses_ + 1, max_pauses);
}

void caller_draft::settle(moment ended) {
  if (text_.empty()) {
    state_ = quiet{};
    partial_.clear();
    began_.reset();
  } else {
    state_ = settled{ended};
  }
}

}  // namespace tandem::turns
