#include "tests/lab/cluster/scenarios.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto stop_deadline = 60s;

/// What a copy may be older than its call, in words of 160 ms.
constexpr word_bounds lost_owner{.repeated = 8, .lost = 3, .unanswered = 2};
/// Callers speak again while nobody may answer.
constexpr word_bounds silent_owner{.repeated = 8, .lost = 3, .unanswered = 4};
/// Whoever gives a call away knows what was heard.
constexpr word_bounds known_owner{};

constexpr std::array all{
    scenario{"front", "API, webhooks and streams reach another node than the call's", ask_others},
    scenario{"kill", "a node is killed", kill_node},
    scenario{"restart", "a node is killed and starts again at once", restart_killed_node},
    scenario{"rolling", "the nodes are restarted one after the other", restart_nodes},
    scenario{"freeze", "a node stands still for five seconds", freeze_node},
    scenario{"cut", "a node's link is down for five seconds", cut_node},
    scenario{"slow", "a node's link is slow for ten seconds", slow_node},
    scenario{"store", "the store is away for some seconds, and meanwhile a node is killed", stop_store},
    scenario{"full", "the store's disk is full for ten seconds", fill_store},
};

/// Calls that began though nobody could say whose they were.
double unknown_claims(cluster_stage& stage) {
  double all = 0;
  for (const auto& each : stage.nodes())
    all += each->metric(R"(tandem_leases_total{outcome="unknown"})").value_or(0);
  return all;
}

/// A node that has none of these few calls.
cluster_node& node_without(cluster_stage& stage, const watched_calls& these) {
  std::set<std::string> theirs;
  for (const auto& each : these) {
    std::lock_guard guard(each->mutex);
    theirs.insert(each->node());
  }
  for (const auto& each : stage.nodes())
    if (!theirs.contains(each->name())) return *each;
  throw std::runtime_error("every node has some of the calls");
}

}  // namespace

std::span<const scenario> scenarios() { return all; }

const scenario* scenario_of(std::string_view name) {
  const auto* found = std::ranges::find_if(all, [&](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : found;
}

trial_result kill_node(cluster_stage& stage) {
  trial it(stage, "kill");
  it.begin(stage.options().calls);
  auto& victim = stage.busiest(it.calls());
  const auto hit = it.calls_at(victim);
  const auto lost = now_of(stage);
  victim.kill();
  it.require_moved(hit, victim);
  it.require_replies(it.calls(), now_of(stage));
  // It finds at the carrier the calls that were its own.
  victim.start();
  it.require(stage.is_whole(), "the cluster is not whole again");
  it.require_replies(it.calls(), now_of(stage));
  it.count_moves(lost, lost);
  it.result().figures["hit"] = static_cast<double>(hit.size());
  return it.finish(lost_owner);
}

trial_result restart_killed_node(cluster_stage& stage) {
  trial it(stage, "restart");
  it.begin(stage.options().calls);
  auto& victim = stage.busiest(it.calls());
  const auto hit = it.calls_at(victim);
  const auto lost = now_of(stage);
  victim.kill();
  victim.start();
  it.require_replies(it.calls(), now_of(stage));
  it.require(stage.is_whole(), "the cluster is not whole again");
  it.count_moves(lost, lost);
  it.result().figures["hit"] = static_cast<double>(hit.size());
  return it.finish(lost_owner);
}

trial_result restart_nodes(cluster_stage& stage) {
  trial it(stage, "rolling");
  it.begin(stage.options().calls);
  const auto since = now_of(stage);
  for (const auto& each : stage.nodes()) {
    const auto begun = std::chrono::steady_clock::now();
    it.require(each->stop(stop_deadline), each->name() + " did not end in order");
    auto& longest = it.result().figures["longest_drain_ms"];
    const auto took = std::chrono::steady_clock::now() - begun;
    longest = std::max(longest, std::chrono::duration<double, std::milli>(took).count());
    each->start();
    it.require(stage.is_whole(), "the cluster is not whole with " + each->name());
  }
  it.require_replies(it.calls(), now_of(stage));
  it.count_moves(since, {});
  return it.finish(known_owner);
}

trial_result slow_node(cluster_stage& stage) {
  constexpr auto slow_time = 10s;
  constexpr std::size_t base_kbit = 800;
  constexpr std::size_t call_kbit = 400;
  trial it(stage, "slow");
  it.begin(stage.options().calls);
  auto& victim = stage.busiest(it.calls());
  const auto hit = it.calls_at(victim);
  const auto fencings = stage.fencings(victim);
  const auto since = now_of(stage);
  stage.world("slow", victim.name() + " " + std::to_string(base_kbit + call_kbit * hit.size()));
  std::this_thread::sleep_for(slow_time);
  it.require_replies(it.calls(), since);
  it.count_moves(since, {});
  stage.world("quick", victim.name());
  it.require(it.result().moves.empty(), "calls moved for a slow link");
  it.require(stage.fencings(victim) == fencings, victim.name() + " was fenced for a slow link");
  it.require(stage.is_whole(), "the cluster is not whole again");
  return it.finish(known_owner);
}

trial_result stop_store(cluster_stage& stage) {
  constexpr auto before = 3s;
  constexpr auto away = 4s;
  constexpr std::size_t newcomers = 2;
  trial it(stage, "store");
  it.begin(stage.options().calls);
  const auto since = now_of(stage);
  stage.world("store", "stop");
  std::this_thread::sleep_for(before);
  it.require_replies(it.calls(), since);
  // Whoever calls meanwhile is taken, though nobody can say that the call is no other's.
  const auto unknown = unknown_claims(stage);
  it.begin(newcomers);
  it.require(unknown_claims(stage) > unknown, "no node counts the claims that had no answer");
  // What only its own node knows of would be lost with it.
  auto& victim = node_without(stage, {it.calls().end() - newcomers, it.calls().end()});
  const auto hit = it.calls_at(victim);
  const auto lost = now_of(stage);
  victim.kill();
  // From now on the others are silent: as far as they know, they may be the ones who are cut off.
  std::this_thread::sleep_for(away);
  it.count_moves(since, lost);
  it.require(it.result().moves.empty(), "calls moved while nobody could say whose they are");
  stage.world("store", "start");
  it.require_moved(hit, victim);
  auto bounds = silent_owner;
  bounds.silent_since = lost;
  bounds.silent_until = now_of(stage);
  it.require_replies(it.calls(), bounds.silent_until);
  it.count_moves(lost, lost);
  victim.start();
  it.require(stage.is_whole(), "the cluster is not whole again");
  return it.finish(bounds);
}

trial_result fill_store(cluster_stage& stage) {
  constexpr auto full = 10s;
  trial it(stage, "full");
  it.begin(stage.options().calls);
  const auto since = now_of(stage);
  stage.world("store", "fill");
  std::this_thread::sleep_for(full);
  const auto still_full = now_of(stage);
  it.require_replies(it.calls(), still_full);
  stage.world("store", "clear");
  stage.world("store", "start");
  it.require_replies(it.calls(), now_of(stage));
  it.count_moves(since, {});
  it.require(it.result().moves.empty(), "calls moved for a full disk");
  return it.finish(known_owner);
}

}  // namespace tandem::lab
