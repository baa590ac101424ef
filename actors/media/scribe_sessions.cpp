#include "actors/media/scribe_sessions.hpp"

#include "actors/runtime/services.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t message_bound = std::size_t{1024} * 1024;
/// Three seconds, for each byte of a millisecond; what does not fit waits as audio, where the oldest goes
/// when there is too much.
constexpr std::size_t most_written = std::size_t{4} * 1024;
/// From the start of a connection to `session_started`.
constexpr auto session_deadline = 10s;
/// Without a session that is good for so long the call is deaf.
constexpr auto longest_outage = 20s;
constexpr unsigned most_stalls = 5;
/// How long a session may last is not documented. One that is older gives way to a fresh one as soon as the
/// caller is quiet, and later on in mid-word: what has no transcript yet is sent again either way.
constexpr auto session_age = 20min;
constexpr auto longest_session = 25min;

link_request request_of(const scribe_settings& settings, const audio_format& format,
                        const call_limits& limits) {
  scribe::settings session;
  session.audio_format = format.name;
  session.model_id = settings.model;
  session.language_code = settings.language;
  session.commit = settings.server_commits ? scribe::commit_strategy::vad : scribe::commit_strategy::manual;
  link_request request;
  request.to = peer::scribe;
  request.message_bound = message_bound;
  request.write_bound = std::min(format.bytes_per_ms() * most_written, limits.buffer_bytes / 8);
  request.url = settings.url;
  request.url += request.url.find('?') == std::string::npos ? '?' : '&';
  request.url += scribe::query(session);
  if (!settings.api_key.empty()) request.headers.emplace_back("xi-api-key", settings.api_key);
  return request;
}

}  // namespace

scribe_sessions::scribe_sessions(loop& home, const services& shared, const scribe_settings& settings,
                                 const audio_format& format, const call_limits& limits, link_events& owner)
    : link_(home, *shared.links, shared.breakers->of(peer::scribe, settings.url, settings.api_key),
            request_of(settings, format, limits), session_deadline, owner) {}

void scribe_sessions::want(moment now) {
  resting_ = false;
  link_.want(now);
}

bool scribe_sessions::started(moment now) { return link_.became_usable(now); }

void scribe_sessions::proved_good() {
  stalls_ = 0;
  link_.proved_good();
}

scribe_sessions::fate scribe_sessions::closed(const link_closed& how, moment now) {
  if (refused_for_good(how)) return fate::over;
  if (how.http_status == 429) link_.slow_down();
  return lose(now);
}

scribe_sessions::fate scribe_sessions::failed(const scribe::error& what, bool quiet, moment now) {
  if (what.type == scribe::error_type::commit_throttled && ++stalls_ < 2) return fate::lives;
  switch (scribe::classify(what.type)) {
    case scribe::reaction::fatal:
      return fate::over;
    case scribe::reaction::back_off:
      link_.slow_down();
      break;
    case scribe::reaction::rest:
      if (!quiet) break;
      // A new session would soon end like this one.
      link_.lose(now);
      link_.proved_good();
      resting_ = true;
      return fate::lost;
    case scribe::reaction::bug:
      spdlog::warn("scribe did not understand what it was sent error={} text=\"{}\"", what.raw_type,
                   what.text);
      break;
    case scribe::reaction::reconnect:
      break;
  }
  return lose(now);
}

scribe_sessions::fate scribe_sessions::stalled(moment now) {
  ++stalls_;
  return lose(now);
}

scribe_sessions::fate scribe_sessions::tick(moment now) {
  const bool late = link_.tick(now);
  if (waits() && link_.outage(now) >= longest_outage) return fate::over;
  return late ? lose(now) : fate::lives;
}

bool scribe_sessions::is_old(bool quiet, moment now) const {
  if (!link_.is_usable() || !link_.may_renew()) return false;
  const auto age = now - link_.usable_since();
  return age >= longest_session || (quiet && age >= session_age);
}

std::optional<moment> scribe_sessions::wake_up(moment now) const {
  auto due = link_.wake_up();
  if (!waits()) return due;
  const auto deaf_at = now + longest_outage - link_.outage(now);
  return due ? std::min(*due, deaf_at) : deaf_at;
}

scribe_sessions::fate scribe_sessions::lose(moment now) {
  link_.lose(now);
  if (stalls_ >= most_stalls) return fate::over;
  link_.want(now);
  return fate::lost;
}

}  // namespace tandem
