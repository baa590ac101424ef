#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tandem::bench {

/// How a node is chosen for a call that comes.
enum class choice : std::uint8_t {
  /// Whichever the front sends it to.
  any,
  /// The less loaded of two at random, as the engine has it.
  two,
  /// The least loaded of all.
  least
};

/// Calls that come at random, last as long as chance has it, and find nodes that know each other's load by
/// reports.
struct spread_settings {
  std::size_t nodes = 10;
  /// `limits.max_calls` of each.
  std::uint32_t most_calls = 500;
  /// The calls that are offered, of all that fit.
  double utilisation = 0.8;
  std::chrono::duration<double> heartbeat{0.25};
  std::chrono::duration<double> call{180};
  choice how = choice::two;
  std::uint64_t seed = 1;
  /// So many mean calls' length pass before it is looked at, and while it is.
  double settling = 2;
  double observed = 2;
};

/// How the load spread, over all looks, of which there is one a second.
struct spread_result {
  /// The most loaded node's calls by those of the mean: on average, and at worst.
  double mean_peak = 0;
  double worst_peak = 0;
  double mean_calls = 0;
  double variance = 0;
  /// Of all calls, those that no node took, and those that the first choice refused.
  double refused = 0;
  double second_choice = 0;
  /// By number of calls, the share of nodes that have at least so many.
  std::vector<double> at_least;
};

/// Runs it in simulated time; the same settings give the same result.
spread_result run_spread(const spread_settings& how);

/// The shares of nodes with at least so many calls where endless nodes choose the less loaded of `choices`
/// with perfect knowledge and refuse nobody, at `mean` calls each: the fixed point of
/// `mean (s[k-1]^d - s[k]^d) = k (s[k] - s[k+1])`.
std::vector<double> mean_field(double mean, unsigned choices);

}  // namespace tandem::bench
