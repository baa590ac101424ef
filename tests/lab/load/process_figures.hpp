#pragma once

#include <cstdint>
#include <map>
#include <sys/types.h>

namespace tandem::lab {

/// What the system says of a process; zero of one that is gone.
struct process_figures {
  double cpu_seconds = 0;
  double resident_bytes = 0;
};

process_figures figures_of(pid_t pid);

/// What each thread of this process that lives has used.
std::map<pid_t, double> thread_cpu_seconds();

/// As many files as the system lets this process and those that it starts have open at once.
std::uint64_t allow_open_files();

/// Has this thread, and what it starts from now on, run on the first core alone, or on all but the first.
void use_first_core();
void leave_first_core();

}  // namespace tandem::lab
