#pragma once

#include "gateway/settings/settings.hpp"

#include <optional>
#include <span>
#include <string>

namespace tandem {

/// What the command line asks for.
struct command {
  enum class kind { serve, check, version };

  kind what = kind::version;
  settings_source source;
};

/// A command, or what to print instead and the exit code that goes with it: 0 for help, 2 for a fault.
struct parsed_command_line {
  std::optional<command> asked;
  std::string text;
  int exit_code = 0;
};

/// Reads `tandem COMMAND [--config FILE] [--section.key=value …]`, the program's name first. Keys and values
/// are not looked at; that is `load_settings`' part.
parsed_command_line parse_command_line(std::span<const char* const> arguments);

}  // namespace tandem
