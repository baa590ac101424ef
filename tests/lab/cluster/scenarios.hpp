#pragma once

#include "tests/lab/cluster/trial.hpp"

#include <span>
#include <string_view>

namespace tandem::lab {

/// Something that happens to a cluster while callers talk to it.
struct scenario {
  std::string_view name;
  /// What happens, for people.
  std::string_view what;
  trial_result (*run)(cluster_stage& stage);
};

/// All of them; each leaves a whole cluster behind.
std::span<const scenario> scenarios();

/// The one that is called so; nullptr when none is.
const scenario* scenario_of(std::string_view name);

// In a file each, or with those that are like them.
trial_result kill_node(cluster_stage& stage);
trial_result restart_killed_node(cluster_stage& stage);
trial_result restart_nodes(cluster_stage& stage);
trial_result freeze_node(cluster_stage& stage);
trial_result cut_node(cluster_stage& stage);
trial_result slow_node(cluster_stage& stage);
trial_result stop_store(cluster_stage& stage);
trial_result fill_store(cluster_stage& stage);
trial_result ask_others(cluster_stage& stage);

}  // namespace tandem::lab
