#pragma once

#include <span>
#include <string_view>

namespace tandem {

/// A file of gateway/console/, as it was when the engine was built.
struct console_file {
  std::string_view name;
  std::string_view content;
};

/// All of them, by name.
std::span<const console_file> console_files();

}  // namespace tandem
