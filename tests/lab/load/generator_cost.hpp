#pragma once

#include <map>
#include <sys/types.h>

namespace tandem::lab {

/// What this process, which makes the load, used of the machine.
struct generator_cost {
  unsigned cores = 0;      ///< that it may use; 0 = it was not measured
  double cpu_seconds = 0;  ///< of all its threads
  double share = 0;        ///< of these cores, 0 … 1
  double busiest = 0;      ///< of one core, 0 … 1, by the thread that used most
};

/// Measures this process from its construction on.
class cost_meter {
 public:
  cost_meter();

  /// Since then, in a time of so many seconds. Threads that have ended meanwhile count in the sum alone.
  generator_cost cost(double seconds) const;

 private:
  double cpu_seconds_;
  std::map<pid_t, double> threads_;
};

}  // namespace tandem::lab
