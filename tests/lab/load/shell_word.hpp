#pragma once

#include <string>
#include <string_view>

namespace tandem::lab {

/// A word as a shell takes it, in quotes unless it needs none.
std::string shell_word(std::string_view word);

}  // namespace tandem::lab
