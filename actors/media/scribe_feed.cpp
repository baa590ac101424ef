#include "actors/media/scribe_feed.hpp"

#include "protocols/audio/playout.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <utility>

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr auto chunk_time = 100ms;
constexpr auto longest_message = 1000ms;
// A sender who was slower than that need not wait, for so long at most.
constexpr auto pace_credit = 100ms;
constexpr auto answer_within = 3s;
// So long an answer is worth waiting for: a session that falls silent is replaced, and the next one is sent
// its audio again, meanwhile.
constexpr auto give_up_after = 9s;
// What is kept of a silence: voice is noticed only after its first sounds.
constexpr auto pre_roll = 1000ms;

std::optional<moment> earlier(std::optional<moment> one, std::optional<moment> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

}  // namespace

scribe_feed::scribe_feed(const settings& rules)
    : chunk_(static_cast<std::size_t>(chunk_time.count()) * rules.format.bytes_per_ms()),
      audio_({.capacity = rules.capacity, .chunk = chunk_, .sample = rules.format.sample_bytes}),
      format_(rules.format),
      server_commits_(rules.server_commits),
      server_grace_(rules.server_grace) {}

std::size_t scribe_feed::bytes(std::chrono::milliseconds time) const {
  return static_cast<std::size_t>(time.count()) * format_.bytes_per_ms();
}

void scribe_feed::take(std::span<const std::uint8_t> audio, moment read_at) {
  audio_.append(audio);
  note_read(read_at);
  if (silent_) forget_silence();
  forget_reads(begin_position());
}

void scribe_feed::voice(bool speaking, std::chrono::milliseconds ago) {
  silent_ = !speaking;
  voice_end_ = audio_.end_position() - std::min<std::uint64_t>(bytes(ago), audio_.end_position());
}

bool scribe_feed::is_quiet() const {
  return silent_ && begin_position() >= voice_end_ && asked_.empty() && in_commits_.empty() && !commit_at_;
}

void scribe_feed::forget_silence() {
  if (!is_quiet() || audio_.end_position() < bytes(pre_roll)) return;
  const auto position = audio_.end_position() - bytes(pre_roll);
  commits_ ? audio_.committed(position) : audio_.skip(position);
}

void scribe_feed::session_opened(const recogniser_rules& rules, moment now) {
  rules_ = rules;
  commits_.emplace(commits::settings{.bytes_per_ms = format_.bytes_per_ms(),
                                     .least = rules.least_commit,
                                     .guard = rules.commit_guard,
                                     .automatic = rules.automatic_commit,
                                     .answer_within = answer_within,
                                     .by_server = server_commits_},
                   audio_.rewind());
  pace_ = now;
  last_sent_ = now;
  opened_ = now;
  tells_ = true;
}

void scribe_feed::session_lost() {
  commits_.reset();
  if (in_commits_.empty()) return;
  commit_at_ = std::max(commit_at_.value_or(0), in_commits_.back().end);
  in_commits_.clear();
}

void scribe_feed::abandon() {
  session_lost();
  fail(asked_.size(), 0);
}

void scribe_feed::ask(moment now) {
  asked_.push_back(now);
  if (!server_commits_) {
    commit_at_ = audio_.end_position();
  } else if (has_server_heard_all()) {
    deliver({}, waiting());
  } else if (!server_until_) {
    server_until_ = now + server_grace_;
  }
}

/// Whether Scribe's own commits cover all voice, so that no other follows.
bool scribe_feed::has_server_heard_all() const {
  return commits_ && in_commits_.empty() && !commit_at_ && !server_until_ &&
         commits_->committed_position() > voice_end_;
}

/// Scribe took no voice for an end of what was said, or heard none.
void scribe_feed::stop_waiting_for_server(moment now) {
  if (!server_until_ || now < *server_until_) return;
  server_until_.reset();
  commit_at_ = audio_.end_position();
}

bool scribe_feed::has_something_to_send() const { return commit_at_ || audio_.unsent_bytes() >= chunk_; }

std::optional<scribe_feed::chunk> scribe_feed::next(std::vector<std::uint8_t>& audio, moment now) {
  stop_waiting_for_server(now);
  if (!commits_ || now < pace_) return std::nullopt;
  if (commit_at_) {
    if (auto commit = next_commit(audio, now)) return commit;
  }
  if (audio_.take_chunk(audio, rules_.speed)) return sent(audio, 0, now);
  if (now < last_sent_ + rules_.keepalive) return std::nullopt;
  audio.assign(chunk_, format_.silence);
  return sent(audio, chunk_, now);
}

std::optional<scribe_feed::chunk> scribe_feed::next_commit(std::vector<std::uint8_t>& audio, moment now) {
  const auto ahead = *commit_at_ - std::min(*commit_at_, audio_.sent_position());
  if (ahead > chunk_) {
    audio_.take_chunk(audio, std::min<std::size_t>(rules_.speed, ahead / chunk_));
    return sent(audio, 0, now);
  }
  if (commit_is_blocked()) return std::nullopt;
  const auto ready = commits_->check(rest());
  const auto padding = commits_->padding(rest());
  if (ready == commits::readiness::nothing) {
    commit_at_.reset();
    // What is wanted is on its way already, or there are no words.
    in_commits_.empty() ? deliver({}, waiting()) : void(in_commits_.back().requests += waiting());
    return std::nullopt;
  }
  if (ready == commits::readiness::near_limit) {
    return rest_with_silence(audio, std::min(padding, bytes(longest_message) - rest()), now);
  }
  const auto requests = waiting();
  auto last = rest_with_silence(audio, padding, now);
  last.commit = true;
  commits_->commit(now);
  const auto wanted = requests == 0 ? now : std::max(asked_[asked_.size() - requests], opened_);
  in_commits_.push_back({requests, audio_.sent_position(), now - wanted});
  commit_at_.reset();
  return last;
}

scribe_feed::chunk scribe_feed::rest_with_silence(std::vector<std::uint8_t>& audio, std::size_t silence,
                                                  moment now) {
  audio_.take_rest(audio);
  audio.insert(audio.end(), silence, format_.silence);
  return sent(audio, silence, now);
}

scribe_feed::chunk scribe_feed::sent(const std::vector<std::uint8_t>& audio, std::size_t silence,
                                     moment now) {
  commits_->sent(audio.size() - silence, now);
  if (silence != 0) commits_->sent_silence(silence, now);
  pace_ = std::max(pace_, now - pace_credit) +
          duration_of(audio.size(), format_.bytes_per_ms()) / static_cast<std::int64_t>(rules_.speed);
  last_sent_ = now;
  chunk one;
  if (std::exchange(tells_, false)) one.previous_text = said_;
  one.last_read = forget_reads(audio_.sent_position());
  return one;
}

/// What leaves together has its last frame's time.
void scribe_feed::note_read(moment at) {
  const auto sent = audio_.sent_position();
  const auto end = audio_.end_position();
  const auto chunk_of = [&](std::uint64_t position) {
    return (position - std::min(position, sent + 1)) / chunk_;
  };
  if (newest_read_ && chunk_of(newest_read_->end) != chunk_of(end)) reads_.push_back(*newest_read_);
  newest_read_ = read{end, at};
}

/// Frames that end before this position do not wait any more; when the last one of them was read.
std::optional<moment> scribe_feed::forget_reads(std::uint64_t position) {
  if (newest_read_ && newest_read_->end <= position) {
    reads_.clear();
    return std::exchange(newest_read_, std::nullopt)->at;
  }
  if (reads_.empty()) return std::nullopt;
  const auto kept = std::find_if(reads_.begin(), reads_.end(),
                                 [position](const auto& each) { return each.end > position; });
  if (kept == reads_.begin()) return std::nullopt;
  const auto last = std::prev(kept)->at;
  reads_.erase(reads_.begin(), kept);
  return last;
}

std::optional<std::string_view> scribe_feed::partial(const scribe::partial& message) {
  if (!commits_ || !commits_->take(message) || message.text.empty() || message.text == partial_) {
    return std::nullopt;
  }
  partial_ = message.text;
  return partial_;
}

void scribe_feed::committed(const scribe::committed& message) {
  if (commits_) settle(commits_->take(message));
}

void scribe_feed::committed(const scribe::committed_with_timestamps& message) {
  if (commits_) settle(commits_->take(message));
}

void scribe_feed::settle(const std::optional<utterance>& segment) {
  if (!segment) return;
  audio_.committed(commits_->committed_position());
  partial_.clear();
  remember(segment->text);
  if (!in_commits_.empty()) {
    const auto answered = in_commits_.front();
    in_commits_.erase(in_commits_.begin());
    deliver(segment->text, answered.requests, answered.own);
  } else if (waiting() == 0) {
    deliver(segment->text, 0);
  } else if (server_until_) {
    server_until_.reset();
    deliver(segment->text, waiting());
  } else {
    // Scribe was faster than the commit asked for, which will bring the rest.
    if (!held_.empty() && !segment->text.empty()) held_ += ' ';
    held_ += segment->text;
  }
}

void scribe_feed::remember(std::string_view text) {
  if (text.empty()) return;
  if (!said_.empty()) said_ += ' ';
  said_ += text;
  said_.erase(0, said_.size() - scribe::previous_text_of(said_).size());
}

void scribe_feed::refused() {
  if (!commits_ || in_commits_.empty()) return;
  commits_->refused();
  commit_at_ = std::max(commit_at_.value_or(0), in_commits_.back().end);
  in_commits_.pop_back();
}

bool scribe_feed::overdue(moment now) {
  stop_waiting_for_server(now);
  const bool stalled = commits_ && commits_->stalled(now);
  if (asked_.empty() || now < asked_.front() + give_up_after) return stalled;
  const bool had_session = commits_.has_value();
  session_lost();
  while (!asked_.empty() && now >= asked_.front() + give_up_after)
    fail(1, commit_at_.value_or(audio_.end_position()));
  return had_session;
}

/// So many commits get no answer. The dialogue makes do with the last partial, so its words must not come
/// again; where there was none, they still come later, unasked.
void scribe_feed::fail(std::size_t requests, std::uint64_t end) {
  for (; requests != 0; --requests) {
    asked_.erase(asked_.begin());
    answers_.push_back({.failed = held_.empty(), .text = std::exchange(held_, {})});
    if (!partial_.empty()) audio_.committed(end);
  }
  if (asked_.empty() && commit_at_ && *commit_at_ <= begin_position()) commit_at_.reset();
}

void scribe_feed::deliver(std::string_view text, std::size_t requests, std::chrono::nanoseconds own) {
  auto whole = std::exchange(held_, {});
  if (!whole.empty() && !text.empty()) whole += ' ';
  whole += text;
  if (requests == 0 && whole.empty()) return;
  answers_.push_back({.failed = false, .text = std::move(whole), .own = own});
  for (std::size_t more = 1; more < requests; ++more) answers_.push_back({});
  asked_.erase(asked_.begin(), asked_.begin() + static_cast<std::ptrdiff_t>(requests));
}

std::optional<scribe_feed::answer> scribe_feed::next_answer() {
  if (answers_.empty()) return std::nullopt;
  auto first = std::move(answers_.front());
  answers_.erase(answers_.begin());
  return first;
}

std::optional<moment> scribe_feed::wake_up() const {
  const auto give_up =
      earlier(asked_.empty() ? std::nullopt : std::optional(asked_.front() + give_up_after), server_until_);
  if (!commits_) return give_up;
  const bool is_blocked = commit_at_ && audio_.unsent_bytes() < chunk_ && commit_is_blocked();
  const moment send_at = has_something_to_send() && !is_blocked ? pace_ : last_sent_ + rules_.keepalive;
  return earlier(earlier(send_at, commits_->deadline()), give_up);
}

/// Commits asked for that no commit was sent for.
std::size_t scribe_feed::waiting() const {
  return std::accumulate(in_commits_.begin(), in_commits_.end(), asked_.size(),
                         [](std::size_t left, const sent_commit& one) { return left - one.requests; });
}

std::size_t scribe_feed::rest() const { return std::min(audio_.unsent_bytes(), chunk_); }

/// Whether Scribe's own commit comes first, which is due or unanswered.
bool scribe_feed::commit_is_blocked() const {
  const auto ready = commits_->check(rest());
  if (ready == commits::readiness::nothing) return commits_->pending() > in_commits_.size();
  return ready == commits::readiness::automatic;
}

}  // namespace tandem
