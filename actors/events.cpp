#include "actors/events.hpp"

#include "actors/events_state.hpp"
#include "protocols/events/event_text.hpp"
#include "protocols/json_builder.hpp"

#include <algorithm>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// Says that what a reader has missed is not remembered.
constexpr std::string_view missed_name = "events.missed";

const std::string sign_of_life(event_text::keep_alive);

/// Whether the next one replaces it.
bool is_passing(const live_event& event) { return event.kind == event_kind::transcript_partial; }

std::string text_of(std::string_view id, const live_event& event) {
  std::string data;
  append_json(data, event);
  std::string text;
  event_text::append(text, id, to_string(event.kind), data);
  return text;
}

}  // namespace

hub::~hub() {
  if (courier) caf::anon_send_exit(courier, caf::exit_reason::user_shutdown);
}

void hub::publish(const live_event& event) {
  const auto id = id_of(++newest);
  keep(event, id, {});
  pass_on(event, id);
  if (courier && !is_passing(event))
    self->send(courier, post_event{id, static_cast<std::int64_t>(newest), event});
  show(event, id);
}

/// Remembers the newest event, unless the next one replaces it.
void hub::keep(const live_event& event, std::string_view id, std::string_view foreign_id) {
  if (is_passing(event)) return;
  ring.add(newest, event.call_id, text_of(id, kept_part(event, settings.privacy)), foreign_id);
}

void hub::show(const live_event& event, std::string_view shown_id) {
  if (watchers.contains(event.call_id) || watchers.contains("")) {
    const auto text = text_of(shown_id, event);
    write(event.call_id, text);
    write("", text);
  }
  if (event.kind != event_kind::call_ended) return;
  ended.add(event.call_id);
  end_streams(event.call_id);
}

/// Drops whoever does not read.
void hub::write(std::string_view call_id, const std::string& text) {
  const auto those = watchers.find(call_id);
  if (those == watchers.end()) return;
  count -= std::erase_if(those->second, [&](const auto& each) { return !each->write(text); });
  if (those->second.empty()) watchers.erase(those);
}

void hub::end_streams(std::string_view call_id) {
  const auto those = watchers.find(call_id);
  if (those == watchers.end()) return;
  count -= those->second.size();
  watchers.erase(those);
}

watch_ruling hub::watch(const watch_events& command) {
  const bool is_over = command.is_over || (!command.call_id.empty() && ended.contains(command.call_id));
  const auto missed = missed_by(command);
  if (is_over && missed.empty()) return {watch_outcome::nothing_left};
  if (!is_over && count >= settings.most_watchers) return {watch_outcome::too_many};
  command.to->write(missed.empty() ? sign_of_life : missed);
  if (is_over) return {watch_outcome::watching};
  watchers[command.call_id].push_back(command.to);
  if (++count == 1) await_silence();
  follow_all();
  return {watch_outcome::watching};
}

/// What happened since the reader was last here, as far as it is remembered; the reader is told when it is
/// not.
std::string hub::missed_by(const watch_events& reader) const {
  std::string out;
  if (reader.last_seen.empty()) return out;
  auto seen = event_text::place_in(reader.last_seen, settings.id_prefix, newest);
  if (!seen) seen = ring.place_of(reader.last_seen);
  const bool is_deaf = !sources.empty() && !follows;
  if (is_deaf || !seen || *seen < gap || !ring.has_all_after(*seen))
    out = missed_text(reader.call_id, reader.last_seen);
  return out += ring.after(seen.value_or(0), reader.call_id);
}

std::string hub::missed_text(std::string_view call_id, std::string_view last_seen) const {
  std::string data;
  json::builder(data)
      .text_if("call_id", call_id)
      .text("at",
            to_rfc3339(std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock())))
      .text_if("last_event_id", last_seen);
  std::string text;
  event_text::append(text, {}, missed_name, data);
  return text;
}

void hub::forget(const forget_calls& command) {
  ring.forget(command.call_ids);
  if (courier) self->send(courier, command);
}

void hub::await_silence() {
  next_sign = self->home().at(self->home().now() + settings.keep_alive,
                              [this] { self->guard([this] { keep_alive(); }); });
}

/// Also how it is noticed that a reader has left.
void hub::keep_alive() {
  for (const auto& each : watched_calls()) write(each, sign_of_life);
  if (count > 0) await_silence();
}

std::vector<std::string> hub::watched_calls() const {
  std::vector<std::string> all;
  for (const auto& [call_id, those] : watchers) all.push_back(call_id);
  return all;
}

namespace {

events_actor::behavior_type events_behavior(hub_pointer self, const event_settings& settings,
                                            const courier_actor& courier) {
  auto& state = self->state;
  state.self = self;
  state.settings = settings;
  state.courier = courier;
  state.ring = event_ring(settings.ring_bytes);
  self->set_down_handler([&state](const caf::down_msg& down) { state.followers.erase(down.source); });
  return {
      [&state](const event_happened& event) {
        if (event.id.empty()) return state.publish(event.event);
        state.hear(event);
      },
      [&state](const watch_events& command) { return state.watch(command); },
      [&state](const forget_calls& command) { state.forget(command); },
      [&state](const follow_events& message) { state.on_follow(message); },
      [&state](const events_elsewhere& message) { state.on_elsewhere(message); },
  };
}

}  // namespace

events_actor spawn_events(loop& home, const event_settings& settings, const courier_actor& courier) {
  return spawn_on<events_actor>(home, events_behavior, settings, courier);
}

}  // namespace tandem
