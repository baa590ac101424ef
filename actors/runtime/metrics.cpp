#include "actors/runtime/metrics.hpp"

#include "actors/runtime/call_memory.hpp"
#include "protocols/conversation/record.hpp"

#include <initializer_list>
#include <map>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace tandem {
namespace {

constexpr std::array<std::string_view, metrics::peers> peer_names{"telnyx", "scribe", "speech", "agent",
                                                                  "store",  "admin",  "events", "node"};
constexpr std::array<std::string_view, metrics::failures> failure_names{
    "refused", "timeout", "tls", "upgrade", "reset", "protocol", "overflow", "idle", "unauthorised"};
constexpr std::array<std::string_view, metrics::refusals> refusal_names{
    "none", "calls", "connections", "rate", "loop_lag", "memory", "provider", "store", "draining"};
constexpr std::array<std::string_view, metrics::outcomes> outcome_names{"ok", "late", "lost", "dropped"};
constexpr std::array<std::string_view, metrics::webhook_outcomes> webhook_names{"delivered", "failed",
                                                                                "given_up"};

constexpr std::array<std::string_view, metrics::preemptive_outcomes> preemptive_names{"stood", "withdrawn"};
constexpr std::array<std::string_view, metrics::lease_outcomes> lease_names{
    "ours", "anothers", "unknown", "adopted", "taken", "given", "lost", "unreleased"};

constexpr std::array<std::string_view, metrics::move_reasons> move_reason_names{"drain", "node_lost"};
constexpr std::array<std::string_view, metrics::move_outcomes> move_outcome_names{"moved", "resumed",
                                                                                  "begun_anew", "ended"};

using labels = std::map<std::string, std::string>;
using buckets = prometheus::Histogram::BucketBoundaries;

/// From one chunk handled at once to one that waited for a reconnect.
const buckets media_delay_buckets{0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08,
                                  0.1,   0.15,  0.2,   0.3,  0.5,  0.75, 1,    2};
/// Fine enough for what this program itself takes, dense where a reply begins to feel slow, up to the agent's
/// deadline and beyond.
const buckets turn_buckets{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6,
                           0.8,   1,     1.25,  1.5,  2,    2.5,  3,   4,    5,   6,   8,   10};
const buckets interruption_buckets{0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1};
const buckets lag_buckets{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1};

prometheus::Family<prometheus::Gauge>& gauges(prometheus::Registry& registry, const char* name,
                                              const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Counter>& counters(prometheus::Registry& registry, const char* name,
                                                  const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Histogram>& histograms(prometheus::Registry& registry, const char* name,
                                                      const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
}

prometheus::Family<prometheus::Counter>& calls_family(prometheus::Registry& registry) {
  return counters(registry, "tandem_calls_total", "Calls that have ended.");
}

/// What is never shown still has to be counted somewhere.
prometheus::Counter& unshown() {
  static prometheus::Counter counter;
  return counter;
}

/// One member of the family for each name of an enumerable label.
template <class T, std::size_t n>
void fill(prometheus::Family<T>& family, const char* label, const std::array<std::string_view, n>& names,
          std::array<T*, n>& members, const labels& others = {}) {
  for (std::size_t i = 0; i < n; ++i) {
    labels all = others;
    all.emplace(label, names[i]);
    members[i] = &family.Add(all);
  }
}

std::array<std::string_view, actor_kinds> kind_names() {
  std::array<std::string_view, actor_kinds> names;
  for (std::size_t i = 0; i < actor_kinds; ++i) names[i] = to_string(static_cast<actor_kind>(i));
  return names;
}

}  // namespace

std::string_view to_string(peer who) { return peer_names[static_cast<std::size_t>(who)]; }
std::string_view to_string(connection_failure reason) {
  return failure_names[static_cast<std::size_t>(reason)];
}
std::string_view to_string(refusal reason) { return refusal_names[static_cast<std::size_t>(reason)]; }
std::string_view to_string(frame_outcome outcome) { return outcome_names[static_cast<std::size_t>(outcome)]; }
std::string_view to_string(webhook_outcome outcome) {
  return webhook_names[static_cast<std::size_t>(outcome)];
}
std::string_view to_string(preemptive_outcome outcome) {
  return preemptive_names[static_cast<std::size_t>(outcome)];
}

metrics::metrics(prometheus::Registry& registry) : registry_(registry) {
  calls_active = &gauges(registry, "tandem_calls_active", "Calls that are going on.").Add({});
  calls_limit = &gauges(registry, "tandem_calls_limit", "limits.max_calls.").Add({});
  connections_limit =
      &gauges(registry, "tandem_connections_limit", "limits.max_connections, or what stands for its 0.")
           .Add({});
  memory_limit_bytes =
      &gauges(registry, "tandem_memory_limit_bytes", "limits.memory_mb in bytes; 0 = off.").Add({});
  for (auto direction : {call_direction::incoming, call_direction::outgoing}) {
    for (auto reason : end_reason::all) calls_total(to_string(direction), reason);
  }

  auto& rejected = counters(registry, "tandem_calls_rejected_total", "Calls that were not taken, by reason.");
  calls_rejected_[static_cast<std::size_t>(refusal::none)] = &unshown();
  for (std::size_t i = 1; i < refusals; ++i) {
    calls_rejected_[i] = &rejected.Add({{"reason", std::string(refusal_names[i])}});
  }

  fill(gauges(registry, "tandem_connections", "Open connections, by who is at the other end."), "peer",
       peer_names, connections_);
  auto& failed = counters(registry, "tandem_connection_failures_total",
                          "Connections that could not be made or broke, by peer and reason.");
  for (std::size_t i = 0; i < peers; ++i) {
    fill(failed, "reason", failure_names, connection_failures_[i], {{"peer", std::string(peer_names[i])}});
  }
  fill(counters(registry, "tandem_reconnects_total", "Connections of a call made again after a loss."),
       "peer", peer_names, reconnects_);
  fill(counters(registry, "tandem_failovers_total",
                "Connections of a call made to another provider than before, or not to the first one."),
       "peer", peer_names, failovers_);

  fill(gauges(registry, "tandem_actors", "Actors in memory, by kind."), "kind", kind_names(), actors_);
  fill(counters(registry, "tandem_actor_failures_total", "Actors that ended by a failure, by kind."), "kind",
       kind_names(), actor_failures_);

  auto& buffered = gauges(registry, "tandem_call_buffer_bytes", "Bytes queued for all calls, by buffer.");
  upstream_buffer_bytes = &buffered.Add({{"buffer", "upstream"}});
  playout_buffer_bytes = &buffered.Add({{"buffer", "playout"}});
  link_buffer_bytes = &buffered.Add({{"buffer", "link"}});
  recording_buffer_bytes = &buffered.Add({{"buffer", "recording"}});
  listener_buffer_bytes = &buffered.Add({{"buffer", "listeners"}});

  call_memory_bytes_ =
      &gauges(registry, "tandem_call_memory_bytes",
              "Memory that calls occupy: the measured size of a call's actors and connections for each, and "
              "all bytes in their buffers. Without the kernel's socket buffers and without ended calls' "
              "records.")
           .Add({});

  auto& frames = counters(registry, "tandem_audio_frames_total",
                          "Audio frames from the caller (inbound) and to the caller (outbound), by outcome.");
  fill(frames, "outcome", outcome_names, inbound_frames_, {{"direction", "inbound"}});
  fill(frames, "outcome", outcome_names, outbound_frames_, {{"direction", "outbound"}});

  media_delay_seconds =
      &histograms(registry, "tandem_media_delay_seconds",
                  "From the last carrier frame of an upstream chunk read to the chunk written.")
           .Add({}, media_delay_buckets);
  auto& turns_family =
      histograms(registry, "tandem_turn_seconds", "Where the time of a turn goes, by stage.");
  const auto stage_names = names(turns::stage{});
  for (std::size_t i = 0; i < stages; ++i) {
    turn_seconds_[i] = &turns_family.Add({{"stage", std::string(stage_names[i])}}, turn_buckets);
  }
  fill(counters(registry, "tandem_preemptive_turns_total",
                "Questions to the agent from before the caller's turn was over, by whether they stood."),
       "outcome", preemptive_names, preemptive_turns_);
  interruptions_total =
      &counters(registry, "tandem_interruptions_total", "Replies that a caller ended with words.").Add({});
  interruption_seconds = &histograms(registry, "tandem_interruption_seconds",
                                     "From the begin of the caller's speech to `clear` on the wire.")
                              .Add({}, interruption_buckets);
  event_loop_lag_seconds =
      &histograms(registry, "tandem_event_loop_lag_seconds", "How late the event loops run their timers.")
           .Add({}, lag_buckets);
  store_pool_in_use =
      &gauges(registry, "tandem_store_pool_in_use", "Connections to the store that are at work.").Add({});
  store_waiting_records =
      &gauges(registry, "tandem_store_waiting_records", "Records in memory that no disk has yet.").Add({});
  store_journal_bytes = &gauges(registry, "tandem_store_journal_bytes",
                                "Bytes in the journal that the store does not have yet.")
                             .Add({});
  store_errors_total =
      &counters(registry, "tandem_store_errors_total", "What the store could not do when asked.").Add({});
  store_records_lost_total =
      &counters(registry, "tandem_store_records_lost_total",
                "Records that are in neither store nor journal, or that the store refused for good.")
           .Add({});
  fill(counters(registry, "tandem_webhooks_total",
                "Events posted to events.url: delivered, given up; and tries that failed."),
       "outcome", webhook_names, webhooks_);
  webhooks_waiting =
      &gauges(registry, "tandem_webhooks_waiting", "Events that are still to be posted to events.url.")
           .Add({});
  recording_lost_seconds_total =
      &counters(registry, "tandem_recording_lost_seconds_total",
                "Seconds that recordings lack because they could not be written, or not in time.")
           .Add({});
  listener_dropped_seconds_total =
      &counters(registry, "tandem_listener_audio_dropped_seconds_total",
                "Seconds of calls that those who listen in missed because they read too slowly.")
           .Add({});
  recordings_uploaded_total = &counters(registry, "tandem_recordings_uploaded_total",
                                        "Recordings that came to the store that they are kept in.")
                                   .Add({});
  recording_upload_failures_total =
      &counters(registry, "tandem_recording_upload_failures_total",
                "Tries to upload a recording that failed; it waits in the folder for the next one.")
           .Add({});
  recording_waiting_bytes = &gauges(registry, "tandem_recording_waiting_bytes",
                                    "Bytes in the folder of recordings that are not uploaded yet.")
                                 .Add({});
  fill(gauges(registry, "tandem_cluster_nodes",
              "Nodes of the cluster as this one sees them, itself included, by state; none without "
              "cluster.listen."),
       "state", names(cluster::node_state{}), cluster_nodes_);
  cluster_split = &gauges(registry, "tandem_cluster_split",
                          "1 while nodes that live do not see each other, or half of them went at once.")
                       .Add({});
  cluster_splits_total =
      &counters(registry, "tandem_cluster_splits_total", "Times that a split began or became another one.")
           .Add({});
  fill(counters(
           registry, "tandem_leases_total",
           "Calls claimed by this node, by whose they turned out to be; calls that changed their node; and "
           "leases that could not be ended."),
       "outcome", lease_names, leases_);

  streams_relayed_total =
      &counters(registry, "tandem_streams_relayed_total",
                "Streams of other nodes' calls, the carrier's and listeners', that were carried on to them.")
           .Add({});

  auto& moved = counters(registry, "tandem_calls_moved_total",
                         "Calls that changed their node: given away here, or taken here when their node was "
                         "lost, by reason and outcome.");
  for (std::size_t i = 0; i < move_reasons; ++i) {
    fill(moved, "outcome", move_outcome_names, calls_moved_[i],
         {{"reason", std::string(move_reason_names[i])}});
  }
  call_copies_bytes = &gauges(registry, "tandem_call_copies_bytes",
                              "Copies of other nodes' calls, for when those nodes are lost.")
                           .Add({});
}

prometheus::Counter& metrics::calls_total(std::string_view direction, std::string_view end_reason) {
  return calls_family(registry_).Add(
      {{"direction", std::string(direction)}, {"end_reason", std::string(end_reason)}});
}

void metrics::refresh() {
  const auto calls = live_actors[static_cast<std::size_t>(actor_kind::call)].load(std::memory_order_relaxed);
  const auto started =
      live_actors[static_cast<std::size_t>(actor_kind::ingress)].load(std::memory_order_relaxed);
  call_memory_bytes_->Set(static_cast<double>(calls * supervisor_bytes + started * children_bytes +
                                              live_link_bytes.load(std::memory_order_relaxed)) +
                          upstream_buffer_bytes->Value() + playout_buffer_bytes->Value() +
                          link_buffer_bytes->Value() + recording_buffer_bytes->Value() +
                          listener_buffer_bytes->Value());
  for (std::size_t i = 0; i < actor_kinds; ++i) {
    actors_[i]->Set(static_cast<double>(live_actors[i].load(std::memory_order_relaxed)));
  }
}

}  // namespace tandem
