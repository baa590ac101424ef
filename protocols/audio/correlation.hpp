#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tandem {

/// How loud samples are, and how like those before them.
struct correlation {
  float energy = 0;   ///< sum of squares
  float product = 0;  ///< sum of the products with the samples `lag` before
};

/// Of all samples but the first `lag`.
correlation correlate(std::span<const std::int16_t> samples, std::size_t lag);

/// The largest distance of a sample from zero; 0 of none.
int peak_of(std::span<const std::int16_t> samples);

}  // namespace tandem
