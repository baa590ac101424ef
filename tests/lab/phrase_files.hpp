#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// What callers may say according to a script: an agent's dialogue (with every value of its slots) or a
/// simulated caller's lines. Throws std::runtime_error with all of the script's faults.
std::vector<std::string> phrases_of(std::string_view script_text);

/// The lines of a text that are not blank.
std::vector<std::string> lines_of(std::string_view text);

}  // namespace tandem::lab
