#pragma once

#include "tests/lab/load/load_engine.hpp"
#include "tests/lab/load/load_model.hpp"
#include "tests/lab/load/providers.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tandem::lab {

/// What chaos does to a run as a whole, besides what each call has planned: providers and a model
/// that refuse everybody for a while, and actors that fail. The same for the same seed, as far as time
/// allows.
class mischief {
 public:
  struct settings {
    std::uint64_t seed = 1;
    double kills_a_second = 0;
    /// Whom, by kind.
    std::vector<std::string> kinds;
    bool providers_refuse = true;
    bool model_refuses = false;
  };

  explicit mischief(settings how) : how_(std::move(how)) {}

  /// Does what has become due since the run began. Without a model none refuses.
  void act(std::chrono::duration<double> since, load_providers& providers, load_model* model,
           load_engine& engine);

  /// From now on everything goes well.
  void rest(load_providers& providers, load_model* model);

  /// Actors that were made to fail, and how many of each kind.
  std::uint64_t kills() const { return kills_; }
  const std::map<std::string, std::uint64_t>& killed() const { return killed_; }

  /// Whether the engine cannot be made to, since it was built without.
  bool cannot_kill() const { return cannot_kill_; }

 private:
  void refuse(std::chrono::duration<double> since, load_providers& providers, load_model* model) const;
  void kill(std::chrono::duration<double> since, load_engine& engine);

  settings how_;
  std::uint64_t killed_at_ = 0;  // which of the kills that are due
  std::uint64_t kills_ = 0;
  std::map<std::string, std::uint64_t> killed_;
  bool cannot_kill_ = false;
};

}  // namespace tandem::lab
