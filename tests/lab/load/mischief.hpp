#pragma once

#include "tests/lab/load/load_engine.hpp"
#include "tests/lab/load/providers.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tandem::lab {

/// What chaos does to a run as a whole, besides what each call has planned: providers that take no
/// connections for a while, and actors that fail. The same for the same seed, as far as time allows.
class mischief {
 public:
  mischief(std::uint64_t seed, double kills_a_second, std::vector<std::string> kinds, bool refusals)
      : seed_(seed), kills_a_second_(kills_a_second), kinds_(std::move(kinds)), refusals_(refusals) {}

  /// Does what has become due since the run began.
  void act(std::chrono::duration<double> since, load_providers& providers, load_engine& engine);

  /// From now on everything goes well.
  void rest(load_providers& providers) { providers.refuse(0); }

  /// Actors that were made to fail.
  std::uint64_t kills() const { return kills_; }

  /// Whether the engine cannot be made to, since it was built without.
  bool cannot_kill() const { return cannot_kill_; }

 private:
  std::uint64_t seed_;
  double kills_a_second_;
  std::vector<std::string> kinds_;
  bool refusals_;
  std::uint64_t killed_at_ = 0;  // which of the kills that are due
  std::uint64_t kills_ = 0;
  bool cannot_kill_ = false;
};

}  // namespace tandem::lab
