#include "gateway/exposition.hpp"

#include "actors/runtime/metrics.hpp"

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tandem {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

double open_files() {
  // Linux 6.2 and newer say the number as the folder's size; older ones have to be counted, which is slow
  // with thousands.
  struct stat folder {};
  if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) return static_cast<double>(folder.st_size);
  std::error_code failed;
  double count = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end;
       at.increment(failed)) {
    ++count;
  }
  return count > 0 ? count - 1 : 0;  // without the one that is counting
}

double most_files() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

MetricFamily process_gauge(const char* name, const char* help, double value) {
  MetricFamily family{name, help, MetricType::Gauge, {{}}};
  family.metric.front().gauge.value = value;
  return family;
}

MetricFamily process_counter(const char* name, const char* help, double value) {
  MetricFamily family{name, help, MetricType::Counter, {{}}};
  family.metric.front().counter.value = value;
  return family;
}

}  // namespace

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::string expose(metrics& measure, const prometheus::Registry& registry) {
  measure.refresh();
  std::vector<MetricFamily> families = registry.Collect();
  families.push_back(process_gauge("process_resident_memory_bytes", "Resident memory size in bytes.",
                                   static_cast<double>(resident_bytes())));
  families.push_back(process_counter("process_cpu_seconds_total",
                                     "Total user and system CPU time spent in seconds.", cpu_seconds()));
  families.push_back(process_gauge("process_open_fds", "Number of open file descriptors.", open_files()));
  families.push_back(
      process_gauge("process_max_fds", "Maximum number of open file descriptors.", most_files()));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tandem
