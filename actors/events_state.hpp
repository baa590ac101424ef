#pragma once

#include "actors/event_sink.hpp"
#include "actors/events.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/recent_ids.hpp"
#include "protocols/events/event_credit.hpp"
#include "protocols/events/event_ring.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct hub;
using hub_pointer = pinned_actor<actor_kind::events, events_actor, hub>*;

/// What the actor that tells of events keeps.
struct hub {
  using sinks = std::vector<std::shared_ptr<event_sink>>;
  /// Somebody on another node who is told of this one's events.
  struct follower {
    event_follower to;
    event_credit credit;
  };
  /// Another node whose events can be had, and how many came since it was last told that they are wanted.
  struct source {
    event_source from;
    std::uint32_t heard = 0;
  };
  /// How many calls back it is known that they have ended; between the end and its being in the records.
  static constexpr std::size_t ended_bound = 10000;

  hub() = default;
  /// The courier ends with the hub, once it has what happened before.
  ~hub();
  hub(const hub&) = delete;

  hub_pointer self = nullptr;
  event_settings settings;
  courier_actor courier;
  event_ring ring{0};
  /// Own events and those of others have their places in one order.
  std::uint64_t newest = 0;
  /// By call; those of all calls under "".
  std::map<std::string, sinks, std::less<>> watchers;
  std::size_t count = 0;
  recent_ids ended{ended_bound};
  timer next_sign;

  std::map<caf::actor_addr, follower> followers;
  std::map<std::string, source> sources;
  /// Whether the sources are followed: while somebody watches, and a little longer.
  bool follows = false;
  timer next_renewal;
  moment renewed{};
  moment watched{};
  /// Of what came before this place, events of other nodes may be missing.
  std::uint64_t gap = 0;

  static inline const char* name = "events";

  std::string id_of(std::uint64_t n) const { return settings.id_prefix + std::to_string(n); }
  void publish(const live_event& event);
  void keep(const live_event& event, std::string_view id, std::string_view foreign_id);
  void show(const live_event& event, std::string_view shown_id);
  void write(std::string_view call_id, const std::string& text);
  void end_streams(std::string_view call_id);
  watch_ruling watch(const watch_events& command);
  std::string missed_by(const watch_events& reader) const;
  std::string missed_text(std::string_view call_id, std::string_view last_seen) const;
  void forget(const forget_calls& command);
  void await_silence();
  void keep_alive();
  std::vector<std::string> watched_calls() const;

  // This node's events for others.
  void on_follow(const follow_events& message);
  void pass_on(const live_event& event, const std::string& id);

  // Those of others for this node.
  void on_elsewhere(const events_elsewhere& message);
  void hear(const event_happened& message);
  source* sender();
  void ask(source& whom);
  void follow_all();
  void renew_all();
  void await_renewal();
  void stop_following();
  void tell_gap();
};

}  // namespace tandem
