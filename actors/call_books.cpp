#include "actors/call_books.hpp"

#include "protocols/json_builder.hpp"
#include "protocols/mask.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

/// What a call has used is kept so often, in audio: a crash takes no more of it than that.
constexpr double seconds_between_books = 10;

}  // namespace

call_record first_record(const call_origin& origin, const call_settings& settings, std::string_view node,
                         wall_time now) {
  call_record record;
  record.id = origin.id;
  record.node = node;
  record.carrier_call_id = origin.carrier_call_id;
  record.direction = origin.direction;
  record.from = origin.from;
  record.to = origin.to;
  record.started_at = now;
  record.agent = settings.agent.kind;
  record.metadata = origin.metadata;
  return record;
}

call_books::call_books(const call_origin& origin, const call_settings& settings, const services& shared,
                       wall_time now)
    : shared_(shared),
      record_(first_record(origin, settings, shared.node, now)),
      watchers_(shared.events, record_.id) {
  shared_.measure->calls_active->Increment();
}

void call_books::announce() {
  if (at_ != stage::silent) return;
  at_ = stage::open;
  tell_store();
  tell_event(event_kind::call_started, record_.started_at);
  spdlog::info("call started id={} direction={} from={} to={}", record_.id, to_string(record_.direction),
               mask_number(record_.from), mask_number(record_.to));
}

call_books::call_books(const call_value& former, const services& shared, wall_time now)
    : shared_(shared),
      at_(stage::open),
      record_(former.record),
      watchers_(shared.events, record_.id),
      turns_(former.counts.turns),
      reconnects_(former.counts.reconnects),
      events_(former.counts.events) {
  const auto from = std::exchange(record_.node, shared.node);
  shared_.measure->calls_active->Increment();
  tell_store();
  spdlog::info("call taken over id={} from={} after_seconds={:.1f}", record_.id, from,
               std::chrono::duration<double>(now - former.written_at).count());
}

void call_books::tell_store() {
  if (at_ != stage::open) return;
  told_seconds_ = record_.usage.stt_seconds;
  caf::anon_send(shared_.records, call_changed{record_});
}

void call_books::tell_event(event_kind kind, wall_time at, std::string_view text, std::string_view provider) {
  if (at_ != stage::open) return;
  watchers_.tell({.at = at,
                  .kind = kind,
                  .text = std::string(text),
                  .provider = std::string(provider),
                  .direction = record_.direction,
                  .from = record_.from,
                  .to = record_.to});
  call_event event{
      .call_id = record_.id, .n = ++events_, .at = at, .name = std::string(to_string(kind)), .data = {}};
  json::builder(event.data).text_if(text_name(kind), text).text_if("provider", provider);
  caf::anon_send(shared_.records, event_added{std::move(event)});
}

void call_books::provider_reconnected(const tandem::provider_reconnected& event, wall_time now) {
  ++reconnects_;
  tell_event(event_kind::provider_reconnected, now, to_string(event.who), event.provider);
  const auto* what = event.elsewhere ? "call changes its provider" : "provider reconnected";
  spdlog::log(event.elsewhere ? spdlog::level::info : spdlog::level::debug, "{} call={} peer={} provider={}",
              what, record_.id, to_string(event.who), event.provider);
}

void call_books::key_pressed(std::string_view digit, wall_time now) {
  tell_event(event_kind::dtmf, now, digit);
}

void call_books::agent_changed(const std::string& kind, wall_time now) {
  record_.agent = kind;
  tell_store();
  tell_event(event_kind::agent_changed, now, kind);
}

void call_books::hold_changed(const tandem::hold_changed& event, wall_time now) {
  const auto by = names(event.by).at(static_cast<std::size_t>(event.by));
  if (event.on_hold) return tell_event(event_kind::call_held, now, by);
  tell_event(event_kind::call_resumed, now);
}

void call_books::listened(std::string_view by, wall_time now) {
  tell_event(event_kind::call_listened, now, by);
  spdlog::info("somebody listens in to a call call={} by={}", record_.id, by);
}

void call_books::connected(wall_time now) {
  record_.state = call_state::connected;
  record_.answered_at = now;
  tell_store();
  tell_event(event_kind::call_answered, now);
}

void call_books::identified(const stream_started& by) {
  record_.carrier_call_id = by.carrier_call_id;
  record_.from = by.from;
  record_.to = by.to;
}

void call_books::numbered(const stream_started& by) {
  if (!record_.from.empty() || !record_.to.empty() || (by.from.empty() && by.to.empty())) return;
  record_.from = by.from;
  record_.to = by.to;
  tell_store();
}

void call_books::named(const std::string& carrier_call_id) {
  record_.carrier_call_id = carrier_call_id;
  tell_store();
}

void call_books::note(const call_noted& entry) {
  auto known = std::find_if(record_.metadata.begin(), record_.metadata.end(),
                            [&](const auto& each) { return each.first == entry.key; });
  if (known != record_.metadata.end()) {
    known->second = entry.text;
  } else {
    record_.metadata.emplace_back(entry.key, entry.text);
  }
  tell_store();
  if (entry.key != do_not_call_key || entry.text != "true" || !shared_.campaigns) return;
  const bool incoming = record_.direction == call_direction::incoming;
  caf::anon_send(shared_.campaigns, bar_numbers{{incoming ? record_.from : record_.to}, record_.id});
}

void call_books::add(const turn_record& turn) {
  if (at_ != stage::open) return;
  ++turns_;
  caf::anon_send(shared_.records, turn_added{record_.id, turn});
}

void call_books::add(const call_usage& used) {
  record_.usage.stt_seconds += used.stt_seconds;
  record_.usage.tts_characters += used.tts_characters;
  record_.usage.llm_input_tokens += used.llm_input_tokens;
  record_.usage.llm_output_tokens += used.llm_output_tokens;
  if (record_.usage.stt_seconds >= told_seconds_ + seconds_between_books) tell_store();
}

void call_books::reason(std::string_view why) {
  if (record_.end_reason.empty()) record_.end_reason = why;
}

void call_books::close(wall_time now) {
  announce();
  record_.state = call_state::ended;
  record_.ended_at = now;
  tell_event(event_kind::call_ended, now, record_.end_reason);
  tell_store();
  at_ = stage::closed;
  shared_.measure->calls_active->Decrement();
  shared_.measure->calls_total(to_string(record_.direction), record_.end_reason).Increment();
  spdlog::info("call ended id={} direction={} from={} to={} reason={} seconds={:.1f} turns={} reconnects={}",
               record_.id, to_string(record_.direction), mask_number(record_.from), mask_number(record_.to),
               record_.end_reason,
               std::chrono::duration<double>(record_.ended_at - record_.started_at).count(), turns_,
               reconnects_);
}

void call_books::leave(std::string_view to) {
  // Behind all that these books have told.
  if (at_ == stage::open) caf::anon_send(shared_.records, call_moved{record_.id});
  at_ = stage::closed;
  shared_.measure->calls_active->Decrement();
  spdlog::info("call left id={} to={}", record_.id, to.empty() ? "unknown" : to);
}

}  // namespace tandem
