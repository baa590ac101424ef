#include "actors/events.hpp"

#include "actors/event_sink.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/recent_ids.hpp"
#include "protocols/events/event_ring.hpp"
#include "protocols/events/event_text.hpp"
#include "protocols/json_builder.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// How many calls back it is known that they have ended; between the end and its being in the records.
constexpr std::size_t ended_bound = 10000;

/// Says that what a reader has missed is not remembered.
constexpr std::string_view missed_name = "events.missed";

const std::string sign_of_life(event_text::keep_alive);

struct hub;
using hub_pointer = pinned_actor<actor_kind::events, events_actor, hub>*;
using sinks = std::vector<std::shared_ptr<event_sink>>;

struct hub {
  hub() = default;
  /// The courier ends with the hub, once it has what happened before.
  ~hub() {
    if (courier) caf::anon_send_exit(courier, caf::exit_reason::user_shutdown);
  }
  hub(const hub&) = delete;

  hub_pointer self = nullptr;
  event_settings settings;
  courier_actor courier;
  event_ring ring{0};
  std::uint64_t newest = 0;
  /// By call; those of all calls under "".
  std::map<std::string, sinks, std::less<>> watchers;
  std::size_t count = 0;
  recent_ids ended{ended_bound};
  timer next_sign;

  static inline const char* name = "events";

  std::string id_of(std::uint64_t n) const { return settings.id_prefix + std::to_string(n); }
  std::string text_of(std::uint64_t n, const live_event& event) const;
  void publish(const live_event& event);
  void write(std::string_view call_id, const std::string& text);
  void end_streams(std::string_view call_id);
  watch_ruling watch(const watch_events& command);
  std::string missed_by(const watch_events& reader) const;
  void forget(const forget_calls& command);
  void await_silence();
  void keep_alive();
};

std::string hub::text_of(std::uint64_t n, const live_event& event) const {
  std::string data;
  append_json(data, event);
  std::string text;
  event_text::append(text, id_of(n), to_string(event.kind), data);
  return text;
}

void hub::publish(const live_event& event) {
  const auto n = ++newest;
  // The next one replaces it.
  const bool is_passing = event.kind == event_kind::transcript_partial;
  if (!is_passing) ring.add(n, event.call_id, text_of(n, kept_part(event, settings.privacy)));
  if (watchers.contains(event.call_id) || watchers.contains("")) {
    const auto text = text_of(n, event);
    write(event.call_id, text);
    write("", text);
  }
  if (courier && !is_passing) self->send(courier, post_event{id_of(n), static_cast<std::int64_t>(n), event});
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
  return {watch_outcome::watching};
}

/// What happened since the reader was last here, as far as it is remembered; the reader is told when it is
/// not.
std::string hub::missed_by(const watch_events& reader) const {
  std::string out;
  if (reader.last_seen.empty()) return out;
  const auto seen = event_text::place_in(reader.last_seen, settings.id_prefix, newest);
  if (!seen || !ring.has_all_after(*seen)) {
    std::string data;
    json::builder(data)
        .text_if("call_id", reader.call_id)
        .text("at",
              to_rfc3339(std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock())))
        .text("last_event_id", reader.last_seen);
    event_text::append(out, {}, missed_name, data);
  }
  return out += ring.after(seen.value_or(0), reader.call_id);
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
  std::vector<std::string> all;
  for (const auto& [call_id, those] : watchers) all.push_back(call_id);
  for (const auto& each : all) write(each, sign_of_life);
  if (count > 0) await_silence();
}

events_actor::behavior_type events_behavior(hub_pointer self, const event_settings& settings,
                                            const courier_actor& courier) {
  auto& state = self->state;
  state.self = self;
  state.settings = settings;
  state.courier = courier;
  state.ring = event_ring(settings.ring_bytes);
  return {
      [&state](const event_happened& event) { state.publish(event.event); },
      [&state](const watch_events& command) { return state.watch(command); },
      [&state](const forget_calls& command) { state.forget(command); },
  };
}

}  // namespace

events_actor spawn_events(loop& home, const event_settings& settings, const courier_actor& courier) {
  return spawn_on<events_actor>(home, events_behavior, settings, courier);
}

}  // namespace tandem
