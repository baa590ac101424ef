#include "actors/scribe.hpp"

#include "actors/media/audio_path.hpp"
#include "actors/media/scribe_feed.hpp"
#include "actors/media/scribe_sessions.hpp"
#include "actors/runtime/gauge_share.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/wake_up.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// The caller's frames are 20 ms as a rule.
constexpr std::uint64_t frame_ms = 20;
constexpr std::uint64_t usage_step_ms = 10'000;
/// What is kept for the next session, as far as there is room.
constexpr std::size_t most_kept_ms = 15'000;

scribe_feed::settings feed_rules(const audio_format& format, const scribe_settings& rules,
                                 const call_limits& limits) {
  // PCM takes four times the room of µ-law, and gets half of what the call may have.
  const auto share = limits.buffer_bytes / (format.is_pcm() ? 2 : 4);
  return {.format = format,
          .capacity = std::min(most_kept_ms * format.bytes_per_ms(), share),
          .server_commits = rules.server_commits,
          .server_grace = rules.server_silence + 1s};
}

struct scribe_state;
using scribe_pointer = pinned_actor<actor_kind::scribe, scribe_actor, scribe_state>*;

class transcriber final : public link_events, public caller_audio_sink {
 public:
  transcriber(scribe_pointer self, call_actor call, dialogue_actor dialogue, std::shared_ptr<audio_path> path,
              const call_settings& settings, const services& shared);
  ~transcriber();

  void begin();
  void ask(moment due);

  void caller_audio(std::span<const std::uint8_t> audio, moment read_at) override;
  void caller_voice(bool speaking, std::chrono::milliseconds ago) override;
  void on_text(std::span<char> text) override;
  void on_writable() override;
  void on_closed(const link_closed& how) override;

 private:
  template <class Call>
  void enter(Call&& call);
  void settle();
  void send_due();
  void account();
  void report_usage();
  void rotate();
  void meet(scribe_sessions::fate what, std::string_view why);

  void take(const scribe::session_started& message);
  void take(const scribe::partial& message);
  void take(const scribe::committed& message) { progress(message); }
  void take(const scribe::committed_with_timestamps& message) { progress(message); }
  void take(const scribe::error& message);
  void take(const scribe::entities&) {}
  void take(const scribe::warning& message) { spdlog::warn("scribe warned text=\"{}\"", message.text); }
  void take(const scribe::unknown&) {}
  void progress(const auto& message);

  scribe_pointer self_;
  call_actor call_;
  dialogue_actor dialogue_;
  std::shared_ptr<audio_path> path_;
  metrics& measure_;
  audio_format format_;
  scribe_feed feed_;
  gauge_share buffered_;
  bool writable_ = true;
  moment read_at_{};  // of the message that is being handled
  std::uint64_t dropped_frames_ = 0;
  std::uint64_t sent_bytes_ = 0;  // not in the call's usage yet
  std::vector<std::uint8_t> audio_;
  std::string message_;
  wake_up wake_;
  scribe_sessions sessions_;
};

struct scribe_state {
  std::unique_ptr<transcriber> it;
  static inline const char* name = "scribe";
};

transcriber::transcriber(scribe_pointer self, call_actor call, dialogue_actor dialogue,
                         std::shared_ptr<audio_path> path, const call_settings& settings,
                         const services& shared)
    : self_(self),
      call_(std::move(call)),
      dialogue_(std::move(dialogue)),
      path_(std::move(path)),
      measure_(*shared.measure),
      format_(heard_format(settings.carrier.codec)),
      feed_(feed_rules(format_, settings.scribe, settings.limits)),
      buffered_(*measure_.upstream_buffer_bytes),
      wake_(self->home(), [this] { enter([] {}); }),
      sessions_(self->home(), shared, settings.scribe, format_, settings.limits, *this) {
  path_->recogniser = this;
}

transcriber::~transcriber() {
  if (path_->recogniser == this) path_->recogniser = nullptr;
  report_usage();
}

/// Runs a call from outside in the actor's name, then does what has become due.
template <class Call>
void transcriber::enter(Call&& call) {
  self_->guard([&] {
    call();
    settle();
  });
}

void transcriber::begin() {
  enter([this] { sessions_.want(self_->home().now()); });
}

void transcriber::caller_audio(std::span<const std::uint8_t> audio, moment read_at) {
  if (sessions_.are_over()) return;
  self_->guard([&] {
    feed_.take(audio, read_at);
    // Whatever else becomes due has its timer.
    if (feed_.has_something_to_send()) settle();
  });
}

void transcriber::caller_voice(bool speaking, std::chrono::milliseconds ago) {
  if (sessions_.are_over()) return;
  enter([&] {
    feed_.voice(speaking, ago);
    if (speaking) sessions_.want(self_->home().now());
  });
}

void transcriber::ask(moment due) {
  if (sessions_.are_over()) return self_->send(dialogue_, commit_failed{"speech recognition has failed"});
  enter([this, due] {
    const auto now = self_->home().now();
    feed_.ask(due == moment{} ? now : std::min(due, now));
    sessions_.want(now);
  });
}

void transcriber::on_writable() {
  enter([this] { writable_ = true; });
}

void transcriber::on_closed(const link_closed& how) {
  enter([&] { meet(sessions_.closed(how, self_->home().now()), how.reason); });
}

void transcriber::on_text(std::span<char> text) {
  enter([&] {
    read_at_ = self_->home().now();
    const auto message = sessions_.protocol().decode(text);
    if (!message)
      return spdlog::debug("scribe sent something else fault={}", json::to_string(message.error()));
    std::visit([this](const auto& each) { take(each); }, *message);
  });
}

void transcriber::take(const scribe::session_started&) {
  if (!sessions_.is_connecting()) return;
  const auto now = self_->home().now();
  writable_ = true;
  feed_.session_opened(sessions_.protocol().rules(), now);
  const auto how = sessions_.started(now);
  if (how.again) measure_.reconnects(peer::scribe).Increment();
  if (how.elsewhere) measure_.failovers(peer::scribe).Increment();
  if (!how.again && !how.elsewhere) return;
  self_->send(call_, provider_reconnected{peer::scribe, std::string(provider_name(sessions_.provider())),
                                          how.elsewhere});
}

void transcriber::take(const scribe::partial& message) {
  if (auto text = feed_.partial(message)) self_->send(dialogue_, transcript_partial{std::string(*text)});
}

void transcriber::progress(const auto& message) {
  sessions_.proved_good();
  feed_.committed(message);
}

void transcriber::take(const scribe::error& message) {
  const auto why = std::string(message.raw_type) + ": " + std::string(message.text);
  const auto what = sessions_.failed(message, feed_.is_quiet(), self_->home().now());
  what == scribe_sessions::fate::lives ? feed_.refused() : meet(what, why);
}

void transcriber::settle() {
  const auto now = self_->home().now();
  meet(sessions_.tick(now), "no session in time");
  if (feed_.overdue(now)) meet(sessions_.stalled(now), "no answer to a commit");
  rotate();
  send_due();
  while (auto answer = feed_.next_answer()) {
    if (answer->failed) {
      self_->send(dialogue_, commit_failed{"no transcript in time"});
    } else {
      self_->send(dialogue_, transcript_committed{std::move(answer->text), read_at_, answer->own});
    }
  }
  read_at_ = {};
  account();
  if (sessions_.are_over()) return;
  auto due = feed_.wake_up();
  // A full link wakes us itself; deadlines count all the same.
  if (due && !writable_) due = std::max(*due, now + 500ms);
  wake_.by(due);
  wake_.by(sessions_.wake_up(now));
}

void transcriber::rotate() {
  const auto now = self_->home().now();
  if (!sessions_.is_old(feed_.is_quiet(), now)) return;
  feed_.session_lost();
  sessions_.renew(now);
}

void transcriber::send_due() {
  while (sessions_.is_usable() && writable_) {
    const auto now = self_->home().now();
    const auto chunk = feed_.next(audio_, now);
    if (!chunk) return;
    message_.clear();
    sessions_.protocol().append_audio(message_, audio_, chunk->commit, static_cast<int>(format_.rate),
                                      chunk->previous_text);
    writable_ = sessions_.connection().send(message_);
    sent_bytes_ += audio_.size();
    if (chunk->last_read) {
      measure_.media_delay_seconds->Observe(std::chrono::duration<double>(now - *chunk->last_read).count());
    }
    if (sent_bytes_ >= usage_step_ms * format_.bytes_per_ms()) report_usage();
  }
}

void transcriber::account() {
  buffered_.set(feed_.audio().buffered_bytes());
  const auto dropped = feed_.audio().dropped_bytes() / (frame_ms * format_.bytes_per_ms());
  if (dropped == dropped_frames_) return;
  measure_.inbound_frames(frame_outcome::dropped)
      .Increment(static_cast<double>(dropped - std::exchange(dropped_frames_, dropped)));
}

/// Without a sender, so that it also works while the actor ends.
void transcriber::report_usage() {
  if (sent_bytes_ == 0) return;
  const auto seconds = static_cast<double>(std::exchange(sent_bytes_, 0)) / 1000 / format_.bytes_per_ms();
  caf::anon_send(call_, usage_grew{{.stt_seconds = seconds}});
}

void transcriber::meet(scribe_sessions::fate what, std::string_view why) {
  if (what == scribe_sessions::fate::lives) return;
  spdlog::debug("scribe's session is lost why=\"{}\"", why);
  if (what == scribe_sessions::fate::lost) return feed_.session_lost();
  feed_.abandon();
  sessions_.give_up();
  self_->send(call_, provider_failed{peer::scribe, std::string(why)});
}

scribe_actor::behavior_type run_scribe(scribe_pointer self, const call_actor& call,
                                       const dialogue_actor& dialogue,
                                       const std::shared_ptr<audio_path>& path, const call_settings& settings,
                                       const services& shared) {
  auto& it = self->state.it;
  it = std::make_unique<transcriber>(self, call, dialogue, path, settings, shared);
  it->begin();
  return {
      [&it](const commit_transcript& command) { it->ask(command.due); },
  };
}

}  // namespace

scribe_actor spawn_scribe(loop& home, const call_actor& call, const dialogue_actor& dialogue,
                          std::shared_ptr<audio_path> path, const call_settings& settings,
                          const services& shared) {
  return spawn_on<scribe_actor>(home, run_scribe, call, dialogue, std::move(path), settings, shared);
}

}  // namespace tandem
