#pragma once

#include <string>
#include <vector>

namespace tandem::lab {

/// The words that this program was started with.
std::vector<std::string> command_words();

/// The words as one line for a shell, the program without its folder, tokens, keys and passwords as `***`.
std::string shown_command(const std::vector<std::string>& words);

}  // namespace tandem::lab
