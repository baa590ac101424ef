#pragma once

#include "protocols/audio/g711.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <random>
#include <span>
#include <utility>
#include <vector>

namespace tandem::bench {

inline constexpr std::size_t frames_per_second = 50;

/// Something that swells and fades as a voice does.
inline std::vector<std::int16_t> voice(std::uint32_t rate, std::size_t seconds) {
  std::vector<std::int16_t> all(seconds * rate);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto at = static_cast<double>(i) / rate;
    double sum = 0;
    for (int n = 1; n <= 25; ++n) sum += std::sin(2 * std::numbers::pi * 120 * n * at + n * n) / n;
    all[i] = static_cast<std::int16_t>(3000 * (0.55 - 0.45 * std::cos(2 * std::numbers::pi * 4 * at)) * sum);
  }
  return all;
}

/// White noise so many decibels below full scale.
inline std::vector<std::int16_t> noise(std::uint32_t rate, std::size_t seconds, double dbfs) {
  std::vector<std::int16_t> all(seconds * rate);
  std::mt19937 random(7);
  std::normal_distribution<double> normal(0, 32768 * std::pow(10, dbfs / 20));
  for (auto& sample : all) sample = static_cast<std::int16_t>(std::lround(normal(random)));
  return all;
}

inline std::vector<std::uint8_t> ulaw(std::span<const std::int16_t> samples) {
  std::vector<std::uint8_t> bytes(samples.size());
  g711::encode_ulaw(samples, bytes);
  return bytes;
}

/// Pieces of one length, one after the other and again from the start.
template <class Value>
class pieces {
 public:
  pieces(std::vector<Value> all, std::size_t size) : all_(std::move(all)), size_(size) {}

  std::span<const Value> next() {
    if (at_ + size_ > all_.size()) at_ = 0;
    const auto piece = std::span(all_).subspan(at_, size_);
    at_ += size_;
    return piece;
  }

 private:
  std::vector<Value> all_;
  std::size_t size_;
  std::size_t at_ = 0;
};

}  // namespace tandem::bench
