#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

namespace tandem::lab {

/// What an engine's program says of itself (`tandem version`); empty when it could not be asked.
struct engine_build {
  std::string version;
  std::string commit;
  std::string build;  ///< its type and compiler

  /// Whether it was built as a release, so that its figures are those of one.
  bool is_release() const;
};

/// From what `tandem version` prints.
engine_build read_version(std::string_view text);

/// Asks a program.
engine_build build_of(const std::string& program);

/// Asks the program that a process runs; nothing is known when it is not called tandem.
engine_build build_of(pid_t pid);

}  // namespace tandem::lab
