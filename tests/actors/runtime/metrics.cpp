#include "actors/runtime/metrics.hpp"

#include "protocols/conversation/record.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

using namespace tandem;
using prometheus::MetricType;

namespace {

using labels = std::map<std::string, std::string>;

labels labels_of(const prometheus::ClientMetric& metric) {
  labels found;
  for (const auto& label : metric.label) found[label.name] = label.value;
  return found;
}

prometheus::MetricFamily family(const prometheus::Registry& registry, const std::string& name) {
  for (auto& one : registry.Collect()) {
    if (one.name == name) return one;
  }
  FAIL("no family " << name);
  return {};
}

const prometheus::ClientMetric* member(const prometheus::MetricFamily& in, const labels& with) {
  const auto found = std::find_if(in.metric.begin(), in.metric.end(),
                                  [&](const auto& metric) { return labels_of(metric) == with; });
  return found == in.metric.end() ? nullptr : &*found;
}

double counted(const prometheus::Registry& registry, const std::string& name, const labels& with) {
  const auto in = family(registry, name);
  const auto* found = member(in, with);
  REQUIRE(found);
  return in.type == MetricType::Gauge ? found->gauge.value : found->counter.value;
}

std::set<std::string> values(const prometheus::MetricFamily& in, const std::string& label) {
  std::set<std::string> all;
  for (const auto& metric : in.metric) all.insert(labels_of(metric)[label]);
  return all;
}

}  // namespace

TEST_CASE("every enumerable label combination is there from the start with 0") {
  prometheus::Registry registry;
  metrics measure(registry);
  const std::map<std::string, std::pair<MetricType, std::size_t>> expected{
      {"tandem_calls_active", {MetricType::Gauge, 1}},
      {"tandem_calls_rejected_total", {MetricType::Counter, 8}},
      {"tandem_connections", {MetricType::Gauge, 8}},
      {"tandem_connection_failures_total", {MetricType::Counter, 72}},
      {"tandem_calls_total", {MetricType::Counter, 2 * end_reason::all.size()}},
      {"tandem_calls_limit", {MetricType::Gauge, 1}},
      {"tandem_connections_limit", {MetricType::Gauge, 1}},
      {"tandem_memory_limit_bytes", {MetricType::Gauge, 1}},
      {"tandem_call_memory_bytes", {MetricType::Gauge, 1}},
      {"tandem_reconnects_total", {MetricType::Counter, 8}},
      {"tandem_failovers_total", {MetricType::Counter, 8}},
      {"tandem_actors", {MetricType::Gauge, actor_kinds}},
      {"tandem_actor_failures_total", {MetricType::Counter, actor_kinds}},
      {"tandem_call_buffer_bytes", {MetricType::Gauge, 5}},
      {"tandem_audio_frames_total", {MetricType::Counter, 8}},
      {"tandem_media_delay_seconds", {MetricType::Histogram, 1}},
      {"tandem_turn_seconds", {MetricType::Histogram, 9}},
      {"tandem_preemptive_turns_total", {MetricType::Counter, 2}},
      {"tandem_interruptions_total", {MetricType::Counter, 1}},
      {"tandem_interruption_seconds", {MetricType::Histogram, 1}},
      {"tandem_event_loop_lag_seconds", {MetricType::Histogram, 1}},
      {"tandem_store_pool_in_use", {MetricType::Gauge, 1}},
      {"tandem_store_waiting_records", {MetricType::Gauge, 1}},
      {"tandem_store_journal_bytes", {MetricType::Gauge, 1}},
      {"tandem_store_errors_total", {MetricType::Counter, 1}},
      {"tandem_webhooks_total", {MetricType::Counter, 3}},
      {"tandem_webhooks_waiting", {MetricType::Gauge, 1}},
      {"tandem_store_records_lost_total", {MetricType::Counter, 1}},
      {"tandem_recording_lost_seconds_total", {MetricType::Counter, 1}},
      {"tandem_listener_audio_dropped_seconds_total", {MetricType::Counter, 1}},
      {"tandem_recordings_uploaded_total", {MetricType::Counter, 1}},
      {"tandem_recording_upload_failures_total", {MetricType::Counter, 1}},
      {"tandem_recording_waiting_bytes", {MetricType::Gauge, 1}},
      {"tandem_cluster_nodes", {MetricType::Gauge, cluster::node_states}},
      {"tandem_cluster_split", {MetricType::Gauge, 1}},
      {"tandem_cluster_splits_total", {MetricType::Counter, 1}},
      {"tandem_leases_total", {MetricType::Counter, 8}},

      {"tandem_streams_relayed_total", {MetricType::Counter, 1}},

      {"tandem_calls_moved_total", {MetricType::Counter, 8}},
      {"tandem_call_copies_bytes", {MetricType::Gauge, 1}},
  };
  std::set<std::string> seen;
  for (const auto& one : registry.Collect()) {
    CAPTURE(one.name);
    seen.insert(one.name);
    REQUIRE(expected.count(one.name) == 1);
    CHECK(one.type == expected.at(one.name).first);
    CHECK(one.metric.size() == expected.at(one.name).second);
    CHECK_FALSE(one.help.empty());
    for (const auto& metric : one.metric) {
      CHECK(metric.counter.value + metric.gauge.value == 0);
      CHECK(metric.histogram.sample_count == 0);
    }
  }
  CHECK(seen.size() == expected.size());
}

TEST_CASE("labels have the names of the contract") {
  prometheus::Registry registry;
  metrics measure(registry);
  CHECK(values(family(registry, "tandem_calls_rejected_total"), "reason") ==
        std::set<std::string>{"calls", "connections", "rate", "loop_lag", "memory", "provider", "store",
                              "draining"});
  CHECK(values(family(registry, "tandem_connections"), "peer") ==
        std::set<std::string>{"telnyx", "scribe", "speech", "agent", "store", "admin", "events", "node"});
  CHECK(values(family(registry, "tandem_audio_frames_total"), "outcome") ==
        std::set<std::string>{"ok", "late", "lost", "dropped"});
  CHECK(values(family(registry, "tandem_audio_frames_total"), "direction") ==
        std::set<std::string>{"inbound", "outbound"});
  CHECK(values(family(registry, "tandem_turn_seconds"), "stage") ==
        std::set<std::string>{"endpoint", "stt_final", "first_token", "first_sentence", "first_audio",
                              "on_wire", "heard", "total", "own"});
  CHECK(values(family(registry, "tandem_leases_total"), "outcome") ==
        std::set<std::string>{"ours", "anothers", "unknown", "adopted", "taken", "given", "lost",
                              "unreleased"});
}

TEST_CASE("each accessor counts under its own labels") {
  prometheus::Registry registry;
  metrics measure(registry);
  measure.calls_rejected(refusal::loop_lag).Increment();
  CHECK(counted(registry, "tandem_calls_rejected_total", {{"reason", "loop_lag"}}) == 1);
  measure.connections(peer::speech).Set(3);
  CHECK(counted(registry, "tandem_connections", {{"peer", "speech"}}) == 3);
  measure.connection_failures(peer::scribe, connection_failure::upgrade).Increment(2);
  CHECK(counted(registry, "tandem_connection_failures_total", {{"peer", "scribe"}, {"reason", "upgrade"}}) ==
        2);
  measure.reconnects(peer::scribe).Increment();
  measure.failovers(peer::speech).Increment(2);
  CHECK(counted(registry, "tandem_reconnects_total", {{"peer", "scribe"}}) == 1);
  CHECK(counted(registry, "tandem_failovers_total", {{"peer", "speech"}}) == 2);
  measure.actor_failures(actor_kind::dialogue).Increment();
  CHECK(counted(registry, "tandem_actor_failures_total", {{"kind", "dialogue"}}) == 1);
  measure.inbound_frames(frame_outcome::late).Increment();
  measure.outbound_frames(frame_outcome::ok).Increment(5);
  CHECK(counted(registry, "tandem_audio_frames_total", {{"direction", "inbound"}, {"outcome", "late"}}) == 1);
  CHECK(counted(registry, "tandem_audio_frames_total", {{"direction", "outbound"}, {"outcome", "ok"}}) == 5);
  measure.leases(lease_outcome::given).Increment();
  CHECK(counted(registry, "tandem_leases_total", {{"outcome", "given"}}) == 1);
  measure.link_buffer_bytes->Increment(7);
  CHECK(counted(registry, "tandem_call_buffer_bytes", {{"buffer", "link"}}) == 7);
  measure.turn_seconds(turns::stage::first_audio).Observe(0.3);
  const auto turns = family(registry, "tandem_turn_seconds");
  CHECK(member(turns, {{"stage", "first_audio"}})->histogram.sample_count == 1);
  CHECK(member(turns, {{"stage", "total"}})->histogram.sample_count == 0);
}

TEST_CASE("ended calls count by direction and reason") {
  prometheus::Registry registry;
  metrics measure(registry);
  measure.calls_total("incoming", "caller_hung_up").Increment();
  measure.calls_total("incoming", "caller_hung_up").Increment();
  measure.calls_total("outgoing", "failed").Increment();
  CHECK(counted(registry, "tandem_calls_total",
                {{"direction", "incoming"}, {"end_reason", "caller_hung_up"}}) == 2);
  CHECK(counted(registry, "tandem_calls_total", {{"direction", "outgoing"}, {"end_reason", "failed"}}) == 1);
}

TEST_CASE("a call that was not refused shows nowhere") {
  prometheus::Registry registry;
  metrics measure(registry);
  measure.calls_rejected(refusal::none).Increment();
  const auto rejected = family(registry, "tandem_calls_rejected_total");
  for (const auto& metric : rejected.metric) {
    CHECK(metric.counter.value == 0);
  }
}

TEST_CASE("a refresh shows the actors that live") {
  prometheus::Registry registry;
  metrics measure(registry);
  {
    const counted_actor one(actor_kind::ingress), other(actor_kind::ingress);
    measure.refresh();
    CHECK(counted(registry, "tandem_actors", {{"kind", "ingress"}}) == 2);
  }
  measure.refresh();
  CHECK(counted(registry, "tandem_actors", {{"kind", "ingress"}}) == 0);
}

TEST_CASE("the buckets reach from the best case to the deadline") {
  prometheus::Registry registry;
  metrics measure(registry);
  const std::map<std::string, std::pair<double, double>> spans{
      {"tandem_media_delay_seconds", {0.001, 2}},
      {"tandem_turn_seconds", {0.001, 10}},
      {"tandem_interruption_seconds", {0.01, 1}},
      {"tandem_event_loop_lag_seconds", {0.0005, 1}},
  };
  measure.media_delay_seconds->Observe(0);
  measure.interruption_seconds->Observe(0);
  measure.event_loop_lag_seconds->Observe(0);
  measure.turn_seconds(turns::stage::endpoint).Observe(0);
  for (const auto& [name, span] : spans) {
    CAPTURE(name);
    const auto histogram = family(registry, name);
    const auto& bounds = histogram.metric.front().histogram.bucket;
    CHECK(bounds.front().upper_bound == span.first);
    CHECK(bounds[bounds.size() - 2].upper_bound == span.second);
    CHECK(std::is_sorted(bounds.begin(), bounds.end(),
                         [](const auto& a, const auto& b) { return a.upper_bound < b.upper_bound; }));
  }
}
