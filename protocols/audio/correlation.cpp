#include "protocols/audio/correlation.hpp"

#include <array>
#include <numeric>

namespace tandem {
namespace {

constexpr std::size_t lanes = 8;  // summed side by side, so that a compiler can do them at once

}  // namespace

correlation correlate(std::span<const std::int16_t> samples, std::size_t lag) {
  std::array<float, lanes> energy{};
  std::array<float, lanes> product{};
  const auto take = [&](std::size_t lane, float sample, float former) {
    energy[lane] += sample * sample;
    product[lane] += sample * former;
  };
  std::size_t i = lag;
  for (; i + lanes <= samples.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) take(lane, samples[i + lane], samples[i + lane - lag]);
  }
  for (; i < samples.size(); ++i) take(0, samples[i], samples[i - lag]);
  return {std::accumulate(energy.begin(), energy.end(), 0.0F),
          std::accumulate(product.begin(), product.end(), 0.0F)};
}

}  // namespace tandem
