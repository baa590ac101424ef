#include "protocols/conversation/heard_ledger.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

namespace tandem {
namespace {

// Speech has about 16 characters a second; for turns whose audio is not complete.
constexpr std::uint64_t ms_per_character = 60;
// Alignments that miss words are found again so many words ahead, and one more for each 200 ms missed.
constexpr std::size_t words_ahead = 3;
constexpr std::size_t most_words_ahead = 64;
constexpr std::uint64_t ms_per_word = 200;
// No word is longer; what goes on longer than this is speech without alignment.
constexpr std::uint64_t longest_gap_ms = 2000;
constexpr std::size_t longest_word = 256;
// An alignment may say that a word ends a little behind its audio.
constexpr std::uint64_t inexact_ms = 50;

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The next word of `text` at or after `from`: begin and end, both the text's size when there is none.
std::pair<std::size_t, std::size_t> next_word(std::string_view text, std::size_t from) {
  while (from < text.size() && blank(text[from])) ++from;
  std::size_t end = from;
  while (end < text.size() && !blank(text[end])) ++end;
  return {from, end};
}

template <class Number>
bool read_digits(std::string_view& text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

std::string to_string(const mark_name& mark) {
  std::string name = std::to_string(mark.turn) + '.' + std::to_string(mark.position);
  if (mark.take != 0) name += '.' + std::to_string(mark.take);
  return name;
}

std::optional<mark_name> parse_mark(std::string_view name) {
  mark_name mark;
  std::string_view rest = name;
  if (!read_digits(rest, mark.turn) || !rest.starts_with('.')) return std::nullopt;
  rest.remove_prefix(1);
  if (!read_digits(rest, mark.position)) return std::nullopt;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    if (!read_digits(rest, mark.take)) return std::nullopt;
  }
  // One mark has one name: no leading zeros, no take 0, nothing behind.
  if (to_string(mark) != name) return std::nullopt;
  return mark;
}

void heard_ledger::add_text(std::string_view text) {
  if (text.empty()) return;
  if (!text_.empty() && !blank(text_.back()) && !blank(text.front())) text_ += ' ';
  text_ += text;
}

void heard_ledger::add_audio(std::size_t bytes, std::span<const tts::aligned_text> alignment) {
  for (const tts::aligned_text& item : alignment) {
    const std::uint64_t end_ms = std::uint64_t{item.start_ms} + item.duration_ms;
    for (const char c : item.text) align(c, received_ + end_ms * bytes_per_ms_);
  }
  received_ += bytes;
}

void heard_ledger::cut(std::uint64_t position) {
  received_ = std::min(received_, std::max(position, sent_));
  while (!words_.empty() && words_.back().text > received_text()) words_.pop_back();
  open_word_.clear();
}

void heard_ledger::sent(std::uint64_t position, moment now) {
  position = std::min(position, received_);
  if (position <= sent_) return;
  playout_.sent(duration_of(position - sent_, bytes_per_ms_), now);
  sent_ = position;
}

std::string heard_ledger::mark() {
  marked_ = sent_;
  return to_string(mark_name{turn_, sent_, take_});
}

bool heard_ledger::mark_due() const {
  if (sent_ <= marked_) return false;
  if (words_.empty() || (finished_ && sent_ >= received_)) return true;
  const auto ended = std::upper_bound(words_.begin(), words_.end(), marked_,
                                      [](std::uint64_t at, const word_end& word) { return at < word.audio; });
  return ended != words_.end() && ended->audio <= sent_;
}

bool heard_ledger::mark_returned(std::string_view name) {
  const auto mark = parse_mark(name);
  if (!mark || mark->turn != turn_ || mark->take != take_ || mark->position > sent_ || cleared_) return false;
  confirmed_ = std::max(confirmed_, mark->position);
  return true;
}

void heard_ledger::cleared(moment now) {
  if (!cleared_) cleared_ = now;
}

void heard_ledger::resumed(std::uint64_t position) {
  sent_ = std::min(position, sent_);
  marked_ = std::min(marked_, sent_);
  playout_ = {};
  cleared_.reset();
  ++take_;
}

heard_ledger::bounds heard_ledger::heard(moment now) const {
  const moment at = cleared_ ? std::min(now, *cleared_) : now;
  const auto queued_us = static_cast<std::uint64_t>(playout_.queued(at).count());
  // Rounded up, so that a byte counts once all of it can have been played.
  const std::uint64_t queued = (queued_us * bytes_per_ms_ + 999) / 1000;
  const std::uint64_t by_clock = sent_ - std::min(sent_, queued);
  return {.at_least = confirmed_, .at_most = std::max(confirmed_, by_clock)};
}

bool heard_ledger::heard_all() const { return finished_ && received_ != 0 && confirmed_ >= received_; }

std::string_view heard_ledger::heard_text(moment now) const {
  std::string_view text = std::string_view(text_).substr(0, last_heard(now).text);
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::uint64_t heard_ledger::resume_position(moment now) const { return last_heard(now).audio; }

void heard_ledger::align(char character, std::uint64_t audio_end) {
  if (blank(character)) return close_word();
  if (open_word_.size() < longest_word) open_word_ += character;
  open_word_end_ = audio_end;
  // A word that is complete need not wait for the blank behind it.
  match_word(0);
}

void heard_ledger::close_word() {
  if (open_word_.empty()) return;
  const std::uint64_t from = words_.empty() ? 0 : words_.back().audio;
  const std::uint64_t missed_ms = (std::max(open_word_end_, from) - from) / bytes_per_ms_;
  const std::size_t ahead = std::min<std::uint64_t>(words_ahead + missed_ms / ms_per_word, most_words_ahead);
  for (std::size_t skip = 1; skip <= ahead; ++skip) {
    if (match_word(skip)) return;
  }
  open_word_.clear();
}

bool heard_ledger::match_word(std::size_t skip) {
  const word_end last = words_.empty() ? word_end{} : words_.back();
  auto [begin, end] = next_word(text_, last.text);
  for (; skip != 0 && begin != end; --skip) std::tie(begin, end) = next_word(text_, end);
  if (begin == end || std::string_view(text_).substr(begin, end - begin) != open_word_) return false;
  words_.push_back({.text = end, .audio = std::max(last.audio, open_word_end_)});
  open_word_.clear();
  return true;
}

heard_ledger::word_end heard_ledger::last_heard(moment now) const {
  const std::uint64_t position = heard(now).at_most;
  if (position == 0) return {};
  if (heard_all() || (finished_ && position >= received_)) return {.text = text_.size(), .audio = received_};
  const auto next = std::upper_bound(words_.begin(), words_.end(), position,
                                     [](std::uint64_t at, const word_end& word) { return at < word.audio; });
  const word_end last = next == words_.begin() ? word_end{} : *std::prev(next);
  const bool unaligned =
      words_.empty() || (next == words_.end() && position - last.audio > longest_gap_ms * bytes_per_ms_);
  return unaligned ? in_proportion(last, position) : last;
}

/// An alignment may tell of words whose audio comes later.
heard_ledger::word_end heard_ledger::last_received() const {
  const auto end = received_ + inexact_ms * bytes_per_ms_;
  const auto next = std::upper_bound(words_.begin(), words_.end(), end,
                                     [](std::uint64_t at, const word_end& word) { return at < word.audio; });
  return next == words_.begin() ? word_end{} : *std::prev(next);
}

heard_ledger::word_end heard_ledger::in_proportion(const word_end& from, std::uint64_t position) const {
  const std::uint64_t letters = text_.size() - from.text;
  std::uint64_t audio = std::max(received_, position) - from.audio;
  if (!finished_) audio = std::max(audio, letters * ms_per_character * bytes_per_ms_);
  if (letters == 0 || audio == 0) return from;
  const auto share = static_cast<double>(position - from.audio) / static_cast<double>(audio);
  const std::size_t reached = from.text + static_cast<std::size_t>(static_cast<double>(letters) * share);
  std::size_t cut = from.text;
  for (auto [begin, end] = next_word(text_, cut); begin != end && end <= reached;
       std::tie(begin, end) = next_word(text_, end))
    cut = end;
  if (cut == from.text) return from;
  const auto cut_share = static_cast<double>(cut - from.text) / static_cast<double>(letters);
  return {.text = cut,
          .audio = from.audio + static_cast<std::uint64_t>(static_cast<double>(audio) * cut_share)};
}

}  // namespace tandem
