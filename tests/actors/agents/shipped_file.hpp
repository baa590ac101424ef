#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tandem {

/// The text of a file under deploy/.
inline std::string shipped_file(const std::string& name) {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream in(root / "deploy" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tandem
