#include "protocols/audio/correlation.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace tandem {
namespace {

constexpr std::size_t lanes = 8;  // summed side by side

#ifdef __SSE2__

__m128i load(const std::int16_t* from) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)); }

/// Adds the products of eight samples with eight others to four sums.
__m128 add_products(__m128 sums, __m128i some, __m128i others) {
  const auto pairs = _mm_madd_epi16(some, others);
  // Only 2^31, the pair of the quietest numbers, does not fit, and only it comes out as -2^31.
  const auto overflown = _mm_cmpeq_epi32(pairs, _mm_set1_epi32(INT32_MIN));
  const auto right =
      _mm_andnot_ps(_mm_and_ps(_mm_castsi128_ps(overflown), _mm_set1_ps(-0.0F)), _mm_cvtepi32_ps(pairs));
  return _mm_add_ps(sums, right);
}

float total(__m128 sums) {
  std::array<float, 4> each{};
  _mm_storeu_ps(each.data(), sums);
  return std::accumulate(each.begin(), each.end(), 0.0F);
}

/// Takes as many samples as it can eight at a time; where it stopped.
std::size_t correlate_blocks(std::span<const std::int16_t> samples, std::size_t lag, correlation& out) {
  auto energy = _mm_setzero_ps();
  auto product = _mm_setzero_ps();
  std::size_t i = lag;
  for (; i + lanes <= samples.size(); i += lanes) {
    const auto some = load(samples.data() + i);
    energy = add_products(energy, some, some);
    product = add_products(product, some, load(samples.data() + i - lag));
  }
  out = {total(energy), total(product)};
  return i;
}

/// The least and the greatest of zero and as many samples as it can take eight at a time; where it stopped.
std::size_t extremes_of_blocks(std::span<const std::int16_t> samples, int& least, int& most) {
  auto low = _mm_setzero_si128();
  auto high = _mm_setzero_si128();
  std::size_t i = 0;
  for (; i + lanes <= samples.size(); i += lanes) {
    const auto some = load(samples.data() + i);
    low = _mm_min_epi16(low, some);
    high = _mm_max_epi16(high, some);
  }
  std::array<std::int16_t, lanes> lows{};
  std::array<std::int16_t, lanes> highs{};
  _mm_storeu_si128(reinterpret_cast<__m128i*>(lows.data()), low);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(highs.data()), high);
  least = *std::min_element(lows.begin(), lows.end());
  most = *std::max_element(highs.begin(), highs.end());
  return i;
}

#else

std::size_t extremes_of_blocks(std::span<const std::int16_t>, int& least, int& most) {
  least = most = 0;
  return 0;
}

std::size_t correlate_blocks(std::span<const std::int16_t> samples, std::size_t lag, correlation& out) {
  std::array<float, lanes> energy{};
  std::array<float, lanes> product{};
  std::size_t i = lag;
  for (; i + lanes <= samples.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const float sample = samples[i + lane];
      energy[lane] += sample * sample;
      product[lane] += sample * static_cast<float>(samples[i + lane - lag]);
    }
  }
  out = {std::accumulate(energy.begin(), energy.end(), 0.0F),
         std::accumulate(product.begin(), product.end(), 0.0F)};
  return i;
}

#endif

}  // namespace

correlation correlate(std::span<const std::int16_t> samples, std::size_t lag) {
  correlation out{};
  for (auto i = correlate_blocks(samples, lag, out); i < samples.size(); ++i) {
    const float sample = samples[i];
    out.energy += sample * sample;
    out.product += sample * static_cast<float>(samples[i - lag]);
  }
  return out;
}

int peak_of(std::span<const std::int16_t> samples) {
  int least = 0;
  int most = 0;
  for (auto i = extremes_of_blocks(samples, least, most); i < samples.size(); ++i) {
    least = std::min<int>(least, samples[i]);
    most = std::max<int>(most, samples[i]);
  }
  return std::max(most, -least);
}

}  // namespace tandem
