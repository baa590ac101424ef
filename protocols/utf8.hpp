#pragma once

#include <cstddef>
#include <string_view>

namespace tandem::utf8 {

/// Bytes of the well-formed UTF-8 sequence at the front of `text`, or 0 (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text);

/// Whether the text is UTF-8 throughout.
bool is_valid(std::string_view text);

}  // namespace tandem::utf8
