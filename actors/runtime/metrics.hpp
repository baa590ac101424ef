#pragma once

#include "actors/runtime/census.hpp"
#include "actors/runtime/link.hpp"
#include "protocols/cluster/node_state.hpp"
#include "protocols/conversation/turn_events.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
class Registry;
}  // namespace prometheus

namespace tandem {

/// A failure of a connection, as the `reason` label says it.
enum class connection_failure : std::uint8_t {
  refused,
  timeout,
  tls,
  upgrade,
  reset,
  protocol,
  overflow,
  idle,
  unauthorised
};

/// Why a call was not taken, as the `reason` label says it.
enum class refusal : std::uint8_t {
  none,
  calls,
  connections,
  rate,
  loop_lag,
  memory,
  provider,
  store,
  draining
};

/// What became of an audio frame, as the `outcome` label says it.
enum class frame_outcome : std::uint8_t { ok, late, lost, dropped };

/// What came of posting an event, as the `outcome` label says it.
enum class webhook_outcome : std::uint8_t { delivered, failed, given_up };

/// What became of a question to the agent from before the caller's turn was over, as the `outcome` label says
/// it.
enum class preemptive_outcome : std::uint8_t { stood, withdrawn };

/// What became of the ownership of a call, as the `outcome` label says it: it was claimed and is this node's
/// or another's, or nobody could tell; it was adopted from a node that is gone, taken from one that offered
/// it, given to another, lost to another; or its lease could not be ended.
enum class lease_outcome : std::uint8_t { ours, anothers, unknown, adopted, taken, given, lost, unreleased };

/// Why a call changed its node, as the `reason` label says it.
enum class move_reason : std::uint8_t { drain, node_lost };

/// What came of it, as the `outcome` label says it.
enum class move_outcome : std::uint8_t {
  /// This node gave it to another one.
  moved,
  /// It goes on here, from where it was.
  resumed,
  /// It goes on here, and nothing was left of what had been said.
  begun_anew,
  /// No node could go on with it.
  ended
};

std::string_view to_string(peer who);
std::string_view to_string(connection_failure reason);
std::string_view to_string(refusal reason);
std::string_view to_string(frame_outcome outcome);
std::string_view to_string(webhook_outcome outcome);
std::string_view to_string(preemptive_outcome outcome);

/// Every metric family of the engine; the pointers live as long as the registry.
struct metrics {
  explicit metrics(prometheus::Registry& registry);

  static constexpr std::size_t peers = 8;
  static constexpr std::size_t failures = 9;
  static constexpr std::size_t stages = names(turns::stage{}).size();
  static constexpr std::size_t refusals = 9;
  static constexpr std::size_t outcomes = 4;
  static constexpr std::size_t webhook_outcomes = 3;
  static constexpr std::size_t preemptive_outcomes = 2;
  static constexpr std::size_t lease_outcomes = 8;

  static constexpr std::size_t move_reasons = 2;
  static constexpr std::size_t move_outcomes = 4;

  /// The counter of ended calls with this direction and reason.
  prometheus::Counter& calls_total(std::string_view direction, std::string_view end_reason);

  prometheus::Counter& calls_rejected(refusal why) { return *calls_rejected_[static_cast<std::size_t>(why)]; }
  prometheus::Gauge& connections(peer who) { return *connections_[static_cast<std::size_t>(who)]; }
  prometheus::Counter& connection_failures(peer who, connection_failure why) {
    return *connection_failures_[static_cast<std::size_t>(who)][static_cast<std::size_t>(why)];
  }
  prometheus::Counter& reconnects(peer who) { return *reconnects_[static_cast<std::size_t>(who)]; }
  prometheus::Counter& failovers(peer who) { return *failovers_[static_cast<std::size_t>(who)]; }
  prometheus::Counter& actor_failures(actor_kind kind) {
    return *actor_failures_[static_cast<std::size_t>(kind)];
  }
  /// Frames from the caller (`inbound`) or to the caller (`outbound`).
  prometheus::Counter& inbound_frames(frame_outcome what) {
    return *inbound_frames_[static_cast<std::size_t>(what)];
  }
  prometheus::Counter& outbound_frames(frame_outcome what) {
    return *outbound_frames_[static_cast<std::size_t>(what)];
  }
  /// Events delivered or given up, and tries that failed.
  prometheus::Counter& webhooks(webhook_outcome what) { return *webhooks_[static_cast<std::size_t>(what)]; }
  prometheus::Counter& preemptive_turns(preemptive_outcome what) {
    return *preemptive_turns_[static_cast<std::size_t>(what)];
  }
  /// Nodes in this state, this one included.
  prometheus::Gauge& cluster_nodes(cluster::node_state state) {
    return *cluster_nodes_[static_cast<std::size_t>(state)];
  }
  /// Calls whose ownership was settled, or changed.
  prometheus::Counter& leases(lease_outcome what) { return *leases_[static_cast<std::size_t>(what)]; }

  prometheus::Counter& calls_moved(move_reason why, move_outcome what) {
    return *calls_moved_[static_cast<std::size_t>(why)][static_cast<std::size_t>(what)];
  }
  prometheus::Histogram& turn_seconds(turns::stage stage) {
    return *turn_seconds_[static_cast<std::size_t>(stage)];
  }

  prometheus::Gauge* calls_active;
  /// What `limits` allow, so that rules can tell how near it is.
  prometheus::Gauge* calls_limit;
  prometheus::Gauge* connections_limit;
  prometheus::Gauge* memory_limit_bytes;
  prometheus::Gauge* upstream_buffer_bytes;
  prometheus::Gauge* playout_buffer_bytes;
  prometheus::Gauge* link_buffer_bytes;
  prometheus::Gauge* recording_buffer_bytes;
  prometheus::Gauge* listener_buffer_bytes;
  prometheus::Histogram* media_delay_seconds;
  prometheus::Counter* interruptions_total;
  prometheus::Histogram* interruption_seconds;
  prometheus::Histogram* event_loop_lag_seconds;
  prometheus::Gauge* store_pool_in_use;
  /// Records that wait in memory, and bytes that wait in the journal.
  prometheus::Gauge* store_waiting_records;
  prometheus::Gauge* store_journal_bytes;
  prometheus::Counter* store_errors_total;
  prometheus::Counter* store_records_lost_total;
  /// Events that are still to be posted.
  prometheus::Gauge* webhooks_waiting;
  /// Seconds of audio that recordings lack, since they could not be written in time.
  prometheus::Counter* recording_lost_seconds_total;
  /// Seconds of audio that those who listen in to calls missed, since they read too slowly.
  prometheus::Counter* listener_dropped_seconds_total;
  /// Recordings that came to their bucket, tries that failed, and bytes that wait for it.
  prometheus::Counter* recordings_uploaded_total;
  prometheus::Counter* recording_upload_failures_total;
  prometheus::Gauge* recording_waiting_bytes;
  /// Whether nodes that live do not see each other, and how often that began or changed.
  prometheus::Gauge* cluster_split;
  prometheus::Counter* cluster_splits_total;
  /// Streams of other nodes' calls that were carried on to those nodes.
  prometheus::Counter* streams_relayed_total;

  /// What is kept for the owners of other nodes' calls to come.
  prometheus::Gauge* call_copies_bytes;

  /// Brings the gauges that mirror counts kept elsewhere (`tandem_actors`, `tandem_call_memory_bytes`) up to
  /// date; before each exposition.
  void refresh();

 private:
  prometheus::Registry& registry_;
  std::array<prometheus::Counter*, refusals> calls_rejected_{};
  std::array<prometheus::Gauge*, peers> connections_{};
  std::array<std::array<prometheus::Counter*, failures>, peers> connection_failures_{};
  std::array<prometheus::Counter*, peers> reconnects_{};
  std::array<prometheus::Counter*, peers> failovers_{};
  prometheus::Gauge* call_memory_bytes_;
  std::array<prometheus::Gauge*, actor_kinds> actors_{};
  std::array<prometheus::Counter*, actor_kinds> actor_failures_{};
  std::array<prometheus::Counter*, outcomes> inbound_frames_{};
  std::array<prometheus::Counter*, outcomes> outbound_frames_{};
  std::array<prometheus::Counter*, webhook_outcomes> webhooks_{};
  std::array<prometheus::Counter*, preemptive_outcomes> preemptive_turns_{};
  std::array<prometheus::Gauge*, cluster::node_states> cluster_nodes_{};
  std::array<prometheus::Counter*, lease_outcomes> leases_{};

  std::array<std::array<prometheus::Counter*, move_outcomes>, move_reasons> calls_moved_{};
  std::array<prometheus::Histogram*, stages> turn_seconds_{};
};

}  // namespace tandem
