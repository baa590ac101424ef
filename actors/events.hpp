#pragma once

#include "actors/messages.hpp"
#include "protocols/events/event_credit.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace tandem {

class loop;

/// How events are told.
struct event_settings {
  /// What an event's id begins with, up to its number: this start of this node.
  std::string id_prefix;
  /// What may be remembered for readers who come back.
  event_privacy privacy;
  /// So much is remembered.
  std::size_t ring_bytes = std::size_t{1024} * 1024;
  /// Streams at once.
  std::size_t most_watchers = 200;
  /// A stream is not silent for longer.
  std::chrono::seconds keep_alive{15};
  /// How much of this node's events is sent to another one that follows them.
  credit_rules credit{};
  /// So long the other nodes are followed after the last reader, who may come back.
  std::chrono::seconds linger{30};
};

/// Spawns the actor that tells those who watch what happens to calls, and the courier, if there is one,
/// which ends with it.
events_actor spawn_events(loop& home, const event_settings& settings, const courier_actor& courier = {});

}  // namespace tandem
