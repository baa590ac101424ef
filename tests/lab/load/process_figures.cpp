#include "tests/lab/load/process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sched.h>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace tandem::lab {

namespace {

/// Of a process or a thread, by its file `stat`; zero when it is gone.
double cpu_seconds_in(const std::string& folder) {
  std::ifstream stat(folder + "/stat");
  const std::string text((std::istreambuf_iterator<char>(stat)), {});
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  // User and system time are the 14th and 15th field, the name being the 2nd.
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  double ticks = 0;
  for (int n = 3; n <= 15 && fields >> field; ++n) {
    if (n >= 14) ticks += std::stod(field);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

process_figures figures_of(pid_t pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  process_figures out;
  out.cpu_seconds = cpu_seconds_in(folder);
  std::ifstream statm(folder + "/statm");
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  out.resident_bytes = resident * static_cast<double>(sysconf(_SC_PAGESIZE));
  return out;
}

std::map<pid_t, double> thread_cpu_seconds() {
  std::map<pid_t, double> out;
  std::error_code fault;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/task", fault))
    out[static_cast<pid_t>(std::stol(each.path().filename()))] = cpu_seconds_in(each.path());
  return out;
}

std::uint64_t allow_open_files() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  rlimit all{files.rlim_max, files.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &all) == 0 ? all.rlim_cur : files.rlim_cur;
}

void use_first_core() {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(0, &set);
  sched_setaffinity(0, sizeof set, &set);
}

void leave_first_core() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const auto cores = sysconf(_SC_NPROCESSORS_ONLN);
  for (long core = 1; core < cores; ++core) CPU_SET(static_cast<std::size_t>(core), &set);
  // A machine with one core has to share it.
  if (cores > 1) sched_setaffinity(0, sizeof set, &set);
}

}  // namespace tandem::lab
