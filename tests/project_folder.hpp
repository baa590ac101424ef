#pragma once

#include <filesystem>

namespace tandem {

/// The folder of the sources that the running test was built from: the nearest one above the program. The
/// compiler's own __FILE__ is relative where a cache is shared between clones.
inline std::filesystem::path project_folder() {
  auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  while (folder.has_relative_path() && !exists(folder / "deploy/tandem.toml")) folder = folder.parent_path();
  return folder;
}

}  // namespace tandem
