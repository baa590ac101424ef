#pragma once

#include <cstddef>
#include <cstdint>
#include <malloc.h>
#include <vector>

namespace tandem::test {

/// Bytes of the heap that are in use.
inline std::int64_t heap_bytes() { return static_cast<std::int64_t>(mallinfo2().uordblks); }

/// Whether that is so: sanitizers and memcheck bring a heap of their own.
inline bool is_heap_known() {
  constexpr std::size_t something = 100'000;
  const auto before = heap_bytes();
  const std::vector<char> taken(something, 'x');
  return heap_bytes() - before >= static_cast<std::int64_t>(taken.size());
}

}  // namespace tandem::test
