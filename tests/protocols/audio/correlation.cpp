#include "protocols/audio/correlation.hpp"

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

/// Without an error, in whole numbers.
struct exact {
  std::int64_t energy = 0;
  std::int64_t product = 0;
};

exact summed(const std::vector<std::int16_t>& samples, std::size_t lag) {
  exact out;
  for (std::size_t i = lag; i < samples.size(); ++i) {
    out.energy += std::int64_t{samples[i]} * samples[i];
    out.product += std::int64_t{samples[i]} * samples[i - lag];
  }
  return out;
}

void check(const std::vector<std::int16_t>& samples, std::size_t lag) {
  const auto found = correlate(samples, lag);
  const auto wanted = summed(samples, lag);
  const auto near = static_cast<double>(wanted.energy) * 1e-5 + 1e-3;
  CHECK(std::abs(static_cast<double>(found.energy) - static_cast<double>(wanted.energy)) <= near);
  CHECK(std::abs(static_cast<double>(found.product) - static_cast<double>(wanted.product)) <= near);
}

}  // namespace

TEST_CASE("samples of every number and lag are summed to the last one") {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 120; ++size) {
    std::vector<std::int16_t> samples(size);
    for (auto& each : samples) each = static_cast<std::int16_t>(random());
    for (const std::size_t lag : {1, 2, 6}) {
      if (lag <= size) check(samples, lag);
    }
  }
}

TEST_CASE("the loudest samples do not overflow") {
  for (const std::int16_t one : {INT16_MIN, INT16_MAX}) {
    for (const std::int16_t other : {INT16_MIN, INT16_MAX}) {
      std::vector<std::int16_t> samples;
      for (int i = 0; i < 81; ++i) samples.push_back(i % 2 == 0 ? one : other);
      check(samples, 1);
      check(samples, 2);
    }
  }
}

TEST_CASE("silence has neither loudness nor likeness") {
  const auto found = correlate(std::vector<std::int16_t>(161), 1);
  CHECK(found.energy == 0);
  CHECK(found.product == 0);
}

TEST_CASE("the loudest sample is found wherever it is") {
  CHECK(peak_of({}) == 0);
  for (std::size_t size = 1; size < 40; ++size) {
    std::vector<std::int16_t> samples(size, 3);
    for (std::size_t at = 0; at < size; ++at) {
      for (const std::int16_t loud : {std::int16_t{-200}, std::int16_t{200}, std::int16_t{INT16_MIN}}) {
        samples[at] = loud;
        CHECK(peak_of(samples) == std::abs(int{loud}));
        samples[at] = 3;
      }
    }
  }
}
