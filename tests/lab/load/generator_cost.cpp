#include "tests/lab/load/generator_cost.hpp"

#include "tests/lab/load/process_figures.hpp"

#include <algorithm>
#include <sched.h>
#include <sys/resource.h>

namespace tandem::lab {

namespace {

double cpu_seconds_so_far() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& of) {
    return static_cast<double>(of.tv_sec) + static_cast<double>(of.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

cost_meter::cost_meter() : cpu_seconds_(cpu_seconds_so_far()), threads_(thread_cpu_seconds()) {}

generator_cost cost_meter::cost(double seconds) const {
  generator_cost out{.cores = usable_cores(), .cpu_seconds = cpu_seconds_so_far() - cpu_seconds_};
  double most = 0;
  for (const auto& [thread, now] : thread_cpu_seconds()) {
    const auto before = threads_.find(thread);
    most = std::max(most, now - (before == threads_.end() ? 0 : before->second));
  }
  if (seconds <= 0) return out;
  out.share = out.cpu_seconds / seconds / out.cores;
  out.busiest = most / seconds;
  return out;
}

}  // namespace tandem::lab
