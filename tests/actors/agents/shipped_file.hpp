#pragma once

#include "tests/project_folder.hpp"

#include <fstream>
#include <iterator>
#include <string>

namespace tandem {

/// The text of a file under deploy/.
inline std::string shipped_file(const std::string& name) {
  std::ifstream in(project_folder() / "deploy" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tandem
