#include "tests/lab/load/run_description.hpp"

#include "protocols/conversation/record.hpp"
#include "tests/lab/engine_process.hpp"
#include "tests/lab/load/command_text.hpp"

#include <chrono>

namespace tandem::lab {

load_summary describe_run(const load_options& options) {
  load_summary out;
  out.profile = to_string(options.profile);
  out.seed = options.seed;
  out.engine = options.engine;
  out.seconds = options.seconds;
  out.rate = options.rate;
  out.command = shown_command(command_words());
  out.began_at = to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  out.machine = this_machine();
  if (!options.relay.empty()) {
    out.engine = options.relay;
    out.pinned = options.pin && out.machine.cores > 1;
  } else if (options.engine.empty()) {
    out.engine_threads = options.engine_threads;
    out.agent = options.agent;
    // A machine with one core has to share it.
    out.pinned = options.pin && out.machine.cores > 1;
    out.build = build_of(engine_program());
  } else if (options.pid != 0) {
    out.build = build_of(options.pid);
  }
  return out;
}

}  // namespace tandem::lab
