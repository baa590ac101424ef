#pragma once

#include <cstddef>

namespace tandem {

/// Bytes that a processor's cache takes at once.
inline constexpr std::size_t cache_line = 64;

/// Asks for memory that is soon to be needed, so that it comes while something else is done: of hundreds of
/// calls hardly anything is in a cache when the turn is theirs.
inline void fetch_ahead(const void* begin, std::size_t bytes) {
  const auto* const at = static_cast<const char*>(begin);
  for (std::size_t n = 0; n < bytes; n += cache_line) __builtin_prefetch(at + n);
}

}  // namespace tandem
