#pragma once

#include <string>

namespace tandem {

/// What the build knows of itself; defined by a source that the build writes, for programs only, so that a
/// new commit compiles one small file and links the programs again.
struct build_facts {
  const char* version;
  const char* commit;  ///< with `-dirty` when files had changed; "unknown" outside git
  const char* type;
  const char* compiler;
  const char* prometheus;  ///< its headers do not say
};
extern const build_facts built;

/// What `tandem version` prints: program, commit, build type, and each library with its version.
std::string version_text();

}  // namespace tandem
