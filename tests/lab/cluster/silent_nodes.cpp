#include "tests/lab/cluster/scenarios.hpp"

#include <functional>
#include <string>
#include <thread>

/// A node that is as good as dead, and comes back.
namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto absence = 5s;
constexpr auto deadline = 30s;
/// New callers, so that the node that has come back gets some of them.
constexpr std::size_t newcomers = 6;
constexpr word_bounds lost_owner{.repeated = 8, .lost = 3, .unanswered = 3};

/// Whether this node had a command obeyed for a call after another one had its stream.
bool commanded_late(watched_call& call, const std::string& node) {
  std::lock_guard guard(call.mutex);
  moment taken{};
  for (const auto& [number, stream] : call.streams)
    if (stream.node != node && taken == moment{}) taken = stream.opened;
  for (const auto& each : call.commands)
    if (each.node == node && taken != moment{} && each.at > taken) return true;
  return false;
}

trial_result leave_and_return(cluster_stage& stage, const std::string& name,
                              const std::function<void(cluster_node&)>& away,
                              const std::function<void(cluster_node&)>& back) {
  trial it(stage, name);
  it.begin(stage.options().calls);
  auto& victim = stage.busiest(it.calls());
  const auto hit = it.calls_at(victim);
  const auto told = [&] { return victim.times_said("this node was fenced"); };
  const auto told_before = told();
  const auto fencings_before = stage.fencings(victim);
  const auto lost = now_of(stage);
  away(victim);
  std::this_thread::sleep_for(absence);
  it.require_moved(hit, victim);
  back(victim);
  it.require(stage.fencings(victim) > fencings_before, "nobody says that it fenced " + victim.name());
  it.require(cluster_stage::becomes([&] { return told() > told_before; }, deadline),
             victim.name() + " does not say that it was fenced");
  it.require(cluster_stage::becomes([&] { return victim.metric("tandem_calls_active") == 0; }, deadline),
             victim.name() + " keeps calls that are another's");
  it.require(stage.is_whole(), "the cluster is not whole again");
  it.require_replies(it.calls(), now_of(stage));
  it.count_moves(lost, lost);
  for (const auto& each : hit)
    it.require(!commanded_late(*each, victim.name()),
               "call " + std::to_string(each->number) + " was commanded by its former owner");
  it.begin(newcomers);
  it.require(!it.calls_at(victim).empty(), victim.name() + " takes no calls any more");
  it.result().figures["hit"] = static_cast<double>(hit.size());
  return it.finish(lost_owner);
}

}  // namespace

trial_result freeze_node(cluster_stage& stage) {
  return leave_and_return(
      stage, "freeze", [](cluster_node& node) { node.freeze(true); },
      [](cluster_node& node) { node.freeze(false); });
}

trial_result cut_node(cluster_stage& stage) {
  return leave_and_return(
      stage, "cut", [&](cluster_node& node) { stage.world("cut", node.name()); },
      [&](cluster_node& node) { stage.world("mend", node.name()); });
}

}  // namespace tandem::lab
