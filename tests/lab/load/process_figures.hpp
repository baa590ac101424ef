#pragma once

#include <string>
#include <sys/types.h>

namespace tandem::lab {

/// What the system says of a process; zero of one that is gone.
struct process_figures {
  double cpu_seconds = 0;
  double resident_bytes = 0;
};

process_figures figures_of(pid_t pid);

/// Lets this process and its children run on these cores alone; its threads are started later.
void use_cores(unsigned first, unsigned count);

}  // namespace tandem::lab
