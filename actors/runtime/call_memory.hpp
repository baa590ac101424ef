#pragma once

#include <cstdint>

namespace tandem {

/// What a call's supervisor occupies, and what its other actors occupy together once its stream is there:
/// measured, and checked by tests/actors/runtime/call_memory.cpp.
inline constexpr std::int64_t supervisor_bytes = 3 * 1024;
inline constexpr std::int64_t children_bytes = 16 * 1024;

}  // namespace tandem
