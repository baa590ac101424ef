#pragma once

#include <string>
#include <string_view>

/// Words as they are compared, not as they are written.
namespace tandem::words {

/// The text without punctuation and blanks, its letters small (Latin, Greek and Cyrillic ones); bytes that
/// are no UTF-8 stay as they are.
std::string bare(std::string_view text);

/// Whether there is nothing but blanks.
bool is_blank(std::string_view text);

/// Whether both say the same, however it is written.
bool same(std::string_view one, std::string_view other);

}  // namespace tandem::words
