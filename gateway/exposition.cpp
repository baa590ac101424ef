#include "gateway/exposition.hpp"

#include "actors/messages.hpp"
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

/// What one node says of itself, as a family has it for each of them.
struct node_figure {
  const char* name;
  const char* help;
  MetricType type;
  double (*of)(const cluster::node_view& node);
};

constexpr node_figure node_figures[] = {
    {"tandem_cluster_node_calls", "Calls that go on at a node.", MetricType::Gauge,
     [](const cluster::node_view& node) { return static_cast<double>(node.last.calls); }},
    {"tandem_cluster_node_calls_limit", "limits.max_calls of a node.", MetricType::Gauge,
     [](const cluster::node_view& node) { return static_cast<double>(node.last.max_calls); }},
    {"tandem_cluster_node_takes_calls", "1 while a call that came to a node would be taken.",
     MetricType::Gauge, [](const cluster::node_view& node) { return node.last.outlook.empty() ? 1.0 : 0.0; }},
    {"tandem_cluster_node_store_behind", "1 while records wait in a node's journal for the store.",
     MetricType::Gauge, [](const cluster::node_view& node) { return node.last.store_behind ? 1.0 : 0.0; }},
    {"tandem_cluster_node_calls_adopted_total", "Calls that a node has taken over from nodes that were gone.",
     MetricType::Counter,
     [](const cluster::node_view& node) { return static_cast<double>(node.last.adopted); }},
    {"tandem_cluster_node_calls_given_away_total", "Calls that a node has given to others.",
     MetricType::Counter,
     [](const cluster::node_view& node) { return static_cast<double>(node.last.given_away); }},
    {"tandem_cluster_node_memory_bytes", "What of a node's process is in memory.", MetricType::Gauge,
     [](const cluster::node_view& node) { return static_cast<double>(node.last.uses.memory_bytes); }},
    {"tandem_cluster_node_cpu_seconds_total", "Time of all processors that a node's process has used.",
     MetricType::Counter,
     [](const cluster::node_view& node) { return static_cast<double>(node.last.uses.cpu_ms) / 1000; }},
};

}  // namespace

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

cluster::process_use use_of_process() {
  return {.memory_bytes = resident_bytes(), .cpu_ms = static_cast<std::uint64_t>(cpu_seconds() * 1000)};
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

std::string expose(const node_list& nodes) {
  std::vector<MetricFamily> families;
  for (const auto& figure : node_figures) {
    MetricFamily family{figure.name, figure.help, figure.type, {}};
    for (const auto& node : nodes.nodes) {
      if (node.state != cluster::node_state::alive && node.state != cluster::node_state::draining) continue;
      auto& shown = family.metric.emplace_back();
      shown.label.push_back({"node", node.who.name});
      (figure.type == MetricType::Counter ? shown.counter.value : shown.gauge.value) = figure.of(node);
    }
    families.push_back(std::move(family));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tandem
