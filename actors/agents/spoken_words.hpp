#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// The words of a text for comparison: lower case, without punctuation, contractions written out ("I'm" is
/// i, am), times as one word ("7:30", "7.30"), "p.m." as pm.
std::vector<std::string> spoken_words(std::string_view text);

}  // namespace tandem
