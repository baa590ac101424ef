#include "actors/scribe.hpp"

#include "actors/media/audio_path.hpp"
#include "actors/media/provider_link.hpp"
#include "actors/media/scribe_feed.hpp"
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

constexpr int sample_rate = 8000;
constexpr std::uint64_t frame_bytes = 160;
constexpr std::size_t message_bound = std::size_t{1024} * 1024;
/// From the start of a connection to `session_started`.
constexpr auto session_deadline = 10s;
constexpr auto longest_outage = 30s;
constexpr unsigned most_stalls = 5;
constexpr std::uint64_t usage_step = std::uint64_t{10} * sample_rate;

struct scribe_state;
using scribe_pointer = pinned_actor<actor_kind::scribe, scribe_actor, scribe_state>*;

class transcriber final : public link_events, public caller_audio_sink {
 public:
  transcriber(scribe_pointer self, call_actor call, dialogue_actor dialogue, std::shared_ptr<audio_path> path,
              const scribe_settings& settings, const call_limits& limits, const services& shared);
  ~transcriber();

  void begin();
  void ask();

  void caller_audio(std::span<const std::uint8_t> ulaw, moment read_at) override;
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
  void lose(std::string_view why);
  void give_up(std::string_view why);

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
  scribe_feed feed_;
  gauge_share buffered_;
  bool writable_ = true;
  unsigned stalls_ = 0;  // sessions that left a commit unanswered or refused one, in a row
  std::uint64_t dropped_frames_ = 0;
  std::uint64_t sent_bytes_ = 0;  // not in the call's usage yet
  std::vector<std::uint8_t> audio_;
  std::string message_;
  wake_up wake_;
  provider_link session_;
};

struct scribe_state {
  std::unique_ptr<transcriber> it;
  static inline const char* name = "scribe";
};

link_request request_of(const scribe_settings& settings) {
  scribe::settings session;
  session.model_id = settings.model;
  session.language_code = settings.language;
  session.commit = settings.server_commits ? scribe::commit_strategy::vad : scribe::commit_strategy::manual;
  link_request request;
  request.to = peer::scribe;
  request.message_bound = message_bound;
  request.url = settings.url;
  request.url += request.url.find('?') == std::string::npos ? '?' : '&';
  request.url += scribe::query(session);
  if (!settings.api_key.empty()) request.headers.emplace_back("xi-api-key", settings.api_key);
  return request;
}

transcriber::transcriber(scribe_pointer self, call_actor call, dialogue_actor dialogue,
                         std::shared_ptr<audio_path> path, const scribe_settings& settings,
                         const call_limits& limits, const services& shared)
    : self_(self),
      call_(std::move(call)),
      dialogue_(std::move(dialogue)),
      path_(std::move(path)),
      measure_(*shared.measure),
      feed_({.capacity = std::min<std::size_t>(scribe_feed::settings{}.capacity, limits.buffer_bytes / 4),
             .server_commits = settings.server_commits}),
      buffered_(*measure_.upstream_buffer_bytes),
      wake_(self->home(), [this] { enter([] {}); }),
      session_(self->home(), *shared.links, request_of(settings), session_deadline, *this) {
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
  enter([this] { session_.want(self_->home().now()); });
}

void transcriber::caller_audio(std::span<const std::uint8_t> ulaw, moment read_at) {
  if (session_.has_failed()) return;
  enter([&] { feed_.take(ulaw, read_at); });
}

void transcriber::ask() {
  if (session_.has_failed()) return self_->send(dialogue_, commit_failed{"speech recognition has failed"});
  enter([this] { feed_.ask(self_->home().now()); });
}

void transcriber::on_writable() {
  enter([this] { writable_ = true; });
}

void transcriber::on_closed(const link_closed& how) {
  enter([&] {
    if (refused_for_good(how)) return give_up(how.reason);
    if (how.http_status == 429) session_.slow_down();
    lose(how.reason);
  });
}

void transcriber::on_text(std::span<char> text) {
  enter([&] {
    const auto message = scribe::decode_message(text);
    if (!message)
      return spdlog::debug("scribe sent something else fault={}", json::to_string(message.error()));
    std::visit([this](const auto& each) { take(each); }, *message);
  });
}

void transcriber::take(const scribe::session_started&) {
  if (!session_.is_connecting()) return;
  const auto now = self_->home().now();
  writable_ = true;
  feed_.session_opened(now);
  if (!session_.became_usable(now)) return;
  measure_.reconnects(peer::scribe).Increment();
  self_->send(call_, provider_reconnected{peer::scribe});
}

void transcriber::take(const scribe::partial& message) {
  if (auto text = feed_.partial(message)) self_->send(dialogue_, transcript_partial{std::string(*text)});
}

void transcriber::progress(const auto& message) {
  stalls_ = 0;
  feed_.committed(message);
}

void transcriber::take(const scribe::error& message) {
  const auto why = std::string(message.raw_type) + ": " + std::string(message.text);
  if (message.type == scribe::error_type::commit_throttled && ++stalls_ < 2) return feed_.refused();
  switch (scribe::classify(message.type)) {
    case scribe::reaction::fatal:
      return give_up(why);
    case scribe::reaction::back_off:
      session_.slow_down();
      break;
    case scribe::reaction::reconnect:
    case scribe::reaction::bug:
      break;
  }
  lose(why);
}

void transcriber::settle() {
  const auto now = self_->home().now();
  if (session_.tick(now)) lose("no session in time");
  if (feed_.overdue(now)) {
    ++stalls_;
    lose("no answer to a commit");
  }
  send_due();
  while (auto answer = feed_.next_answer()) {
    if (answer->failed) {
      self_->send(dialogue_, commit_failed{"no transcript in time"});
    } else {
      self_->send(dialogue_, transcript_committed{std::move(answer->text)});
    }
  }
  account();
  if (session_.has_failed()) return;
  auto due = feed_.wake_up();
  // A full link wakes us itself; deadlines count all the same.
  if (due && !writable_) due = std::max(*due, now + 500ms);
  wake_.by(due);
  wake_.by(session_.wake_up());
}

void transcriber::send_due() {
  while (session_.is_usable() && writable_) {
    const auto now = self_->home().now();
    const auto chunk = feed_.next(audio_, now);
    if (!chunk) return;
    message_.clear();
    scribe::append_audio_chunk(message_, audio_, chunk->commit, sample_rate);
    writable_ = session_.connection().send(message_);
    sent_bytes_ += audio_.size();
    if (chunk->last_read) {
      measure_.media_delay_seconds->Observe(std::chrono::duration<double>(now - *chunk->last_read).count());
    }
    if (sent_bytes_ >= usage_step) report_usage();
  }
}

void transcriber::account() {
  buffered_.set(feed_.audio().buffered_bytes());
  const auto dropped = feed_.audio().dropped_bytes() / frame_bytes;
  if (dropped == dropped_frames_) return;
  measure_.inbound_frames(frame_outcome::dropped)
      .Increment(static_cast<double>(dropped - std::exchange(dropped_frames_, dropped)));
}

/// Without a sender, so that it also works while the actor ends.
void transcriber::report_usage() {
  if (sent_bytes_ == 0) return;
  const auto seconds = static_cast<double>(std::exchange(sent_bytes_, 0)) / sample_rate;
  caf::anon_send(call_, usage_grew{{.stt_seconds = seconds}});
}

void transcriber::lose(std::string_view why) {
  const auto now = self_->home().now();
  feed_.session_lost();
  session_.lose(now);
  if (session_.outage(now) >= longest_outage || stalls_ >= most_stalls) return give_up(why);
  spdlog::debug("scribe's session is lost why=\"{}\"", why);
  session_.want(now);
}

void transcriber::give_up(std::string_view why) {
  feed_.abandon();
  session_.give_up();
  self_->send(call_, provider_failed{peer::scribe, std::string(why)});
}

scribe_actor::behavior_type run_scribe(scribe_pointer self, const call_actor& call,
                                       const dialogue_actor& dialogue,
                                       const std::shared_ptr<audio_path>& path,
                                       const scribe_settings& settings, const call_limits& limits,
                                       const services& shared) {
  auto& it = self->state.it;
  it = std::make_unique<transcriber>(self, call, dialogue, path, settings, limits, shared);
  it->begin();
  return {
      [&it](const commit_transcript&) { it->ask(); },
  };
}

}  // namespace

scribe_actor spawn_scribe(loop& home, const call_actor& call, const dialogue_actor& dialogue,
                          std::shared_ptr<audio_path> path, const call_settings& settings,
                          const services& shared) {
  return spawn_on<scribe_actor>(home, run_scribe, call, dialogue, std::move(path), settings.scribe,
                                settings.limits, shared);
}

}  // namespace tandem
