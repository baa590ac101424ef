#include "actors/media/scribe_sessions.hpp"

#include "actors/runtime/services.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

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

std::vector<provider_route> routes_of(const scribe_settings& settings, const audio_format& format,
                                      const call_limits& limits, const services& shared) {
  std::vector<provider_route> routes;
  for (const auto* each : providers_of(settings)) {
    auto where = each->protocol->open({.url = each->url,
                                       .api_key = each->api_key,
                                       .model = each->model,
                                       .language = settings.language,
                                       .audio_format = format.name,
                                       .server_commits = settings.server_commits,
                                       .server_silence = settings.server_silence});
    link_request request;
    request.to = peer::scribe;
    request.message_bound = message_bound;
    request.write_bound = std::min(format.bytes_per_ms() * most_written, limits.buffer_bytes / 8);
    request.url = std::move(where.url);
    request.headers = std::move(where.headers);
    routes.push_back({std::move(request), &shared.breakers->of(peer::scribe, each->url, each->api_key)});
  }
  return routes;
}

}  // namespace

scribe_sessions::scribe_sessions(loop& home, const services& shared, const scribe_settings& settings,
                                 const audio_format& format, const call_limits& limits, link_events& owner)
    : link_(home, *shared.links, routes_of(settings, format, limits, shared), session_deadline, owner) {
  for (const auto* each : providers_of(settings)) protocols_.push_back(each->protocol);
}

void scribe_sessions::want(moment now) {
  resting_ = false;
  link_.want(now);
}

provider_link::arrival scribe_sessions::started(moment now) { return link_.became_usable(now); }

void scribe_sessions::proved_good() {
  stalls_ = 0;
  link_.proved_good();
}

scribe_sessions::fate scribe_sessions::closed(const link_closed& how, moment now) {
  if (refused_for_good(how)) return refused(now);
  if (how.http_status == 429) link_.slow_down();
  return lose(now);
}

scribe_sessions::fate scribe_sessions::failed(const scribe::error& what, bool quiet, moment now) {
  if (what.type == scribe::error_type::commit_throttled && ++stalls_ < 2) return fate::lives;
  switch (scribe::classify(what.type)) {
    case scribe::reaction::fatal:
      return refused(now);
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

scribe_sessions::fate scribe_sessions::stalled(moment now) { return lose(now, ++stalls_ % 2 == 0); }

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

scribe_sessions::fate scribe_sessions::lose(moment now, bool for_another) {
  link_.lose(now);
  if (for_another) link_.move_on();
  if (stalls_ >= most_stalls) return fate::over;
  link_.want(now);
  return fate::lost;
}

scribe_sessions::fate scribe_sessions::refused(moment now) {
  if (!link_.refused(now)) return fate::over;
  link_.want(now);
  return fate::lost;
}

}  // namespace tandem
