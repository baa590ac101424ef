#include "actors/events_state.hpp"
#include "protocols/cluster/report.hpp"
#include "protocols/events/event_text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <caf/all.hpp>

// How nodes tell each other of events: whoever has readers follows all the others.

namespace tandem {

namespace {

/// Whether the text that is made of it is one event, whatever node it comes from.
bool is_well_formed(const event_happened& message) {
  return message.id.size() <= 2 * cluster::longest_text &&
         std::ranges::none_of(message.id, [](unsigned char each) { return each < ' '; }) &&
         static_cast<std::size_t>(message.event.kind) < event_kinds;
}

}  // namespace

void hub::on_follow(const follow_events& message) {
  if (!message.follower) return;
  const auto who = message.follower.address();
  if (!message.follows) {
    if (followers.erase(who) > 0) self->demonitor(who);
    return;
  }
  const auto now = self->home().now();
  const auto known = followers.find(who);
  if (known != followers.end()) return known->second.credit.renew(now);
  if (followers.size() >= cluster::most_nodes) return;
  followers.emplace(who, follower{message.follower, event_credit(settings.credit, now)});
  self->monitor(message.follower);
}

/// Sends an own event to those who follow and are not behind.
void hub::pass_on(const live_event& event, const std::string& id) {
  const auto now = self->home().now();
  const bool is_passing = event.kind == event_kind::transcript_partial;
  for (auto& [who, each] : followers) {
    if (each.credit.spend(is_passing, now))
      self->send(each.to, event_happened{event, id, each.credit.take_left_out()});
  }
}

void hub::on_elsewhere(const events_elsewhere& message) {
  const auto known = sources.find(message.node);
  if (known == sources.end() && (!message.source || sources.size() >= cluster::most_nodes)) return;
  if (known != sources.end()) {
    if (follows) self->send(known->second.from, follow_events{events_actor{self}, false});
    sources.erase(known);
  }
  const bool is_told = follows;
  if (message.source) {
    auto& fresh = sources[message.node];
    fresh.from = message.source;
    if (follows) ask(fresh);
  }
  if (sources.empty()) stop_following();
  if (count > 0) follow_all();
  // What happened there before, or was on its way, may be missing.
  if (is_told || follows) tell_gap();
}

void hub::hear(const event_happened& message) {
  auto* from = sender();
  if (!follows || from == nullptr || !is_well_formed(message)) return;
  if (++from->heard >= settings.credit.events / 4) ask(*from);
  if (message.missed > 0) tell_gap();
  ++newest;
  keep(message.event, message.id, message.id);
  // The last id that a reader has seen is to be one that is remembered.
  const bool is_passing = message.event.kind == event_kind::transcript_partial;
  show(message.event, is_passing ? std::string_view{} : std::string_view(message.id));
}

/// The source whose message is being handled; null when it is none.
hub::source* hub::sender() {
  const auto who = caf::actor_cast<caf::actor_addr>(self->current_sender());
  const auto found =
      std::ranges::find_if(sources, [&](const auto& each) { return each.second.from.address() == who; });
  return found == sources.end() ? nullptr : &found->second;
}

/// Says to a source that its events are wanted from now on, or still.
void hub::ask(source& whom) {
  whom.heard = 0;
  self->send(whom.from, follow_events{events_actor{self}, true});
}

void hub::follow_all() {
  watched = self->home().now();
  if (follows || sources.empty()) return;
  follows = true;
  gap = ++newest;
  for (auto& [node, each] : sources) ask(each);
  await_renewal();
}

void hub::await_renewal() {
  renewed = self->home().now();
  next_renewal = self->home().at(renewed + settings.credit.patience / 3,
                                 [this] { self->guard([this] { renew_all(); }); });
}

void hub::renew_all() {
  const auto now = self->home().now();
  if (count > 0) watched = now;
  if (now - watched >= settings.linger) return stop_following();
  // Whoever stood still so long was given up meanwhile.
  if (now - renewed > settings.credit.patience) tell_gap();
  for (auto& [node, each] : sources) ask(each);
  await_renewal();
}

void hub::stop_following() {
  if (!std::exchange(follows, false)) return;
  next_renewal.cancel();
  for (const auto& [node, each] : sources) self->send(each.from, follow_events{events_actor{self}, false});
}

/// Events of other nodes may be missing from here on back: says so to all who read, now or later.
void hub::tell_gap() {
  gap = ++newest;
  for (const auto& call_id : watched_calls()) write(call_id, missed_text(call_id, {}));
}

}  // namespace tandem
