#include "protocols/audio/noise_level.hpp"

#include <algorithm>
#include <cmath>

namespace tandem {
namespace {

constexpr float loudest_floor_dbfs = -15;
constexpr float most_excess_db = 20;
// However unsteady the noise is, what lies so far above its floor is more than noise.
constexpr float highest_gate_db = 12;
constexpr float deviations = 2;

}  // namespace

void noise_level::add(float dbfs) {
  second_lowest_ = std::min(second_lowest_, std::max(lowest_, dbfs));
  lowest_ = std::min(lowest_, dbfs);
  if (++frames_ < frames_in_block) return;
  (*levels_)[block_] = second_lowest_;
  block_ = (block_ + 1) % blocks;
  frames_ = 0;
  lowest_ = second_lowest_ = loudest_floor_dbfs;
  auto ordered = *levels_;
  std::nth_element(ordered.begin(), ordered.begin() + 1, ordered.end());
  floor_ = ordered[1];
}

void noise_level::set(float dbfs) {
  floor_ = std::min(dbfs, loudest_floor_dbfs);
  levels_->fill(floor_);
  lowest_ = second_lowest_ = floor_;
}

void noise_level::learn(float dbfs, float weight) {
  const float off = std::clamp(dbfs - floor_, 0.0F, most_excess_db) - excess_;
  excess_ += weight * off;
  deviation_ += weight * (std::abs(off) - deviation_);
}

float noise_level::gate(float margin_db) const {
  return floor_ + std::min(excess_ + std::max(margin_db, deviations * deviation_),
                           std::max(highest_gate_db, margin_db));
}

}  // namespace tandem
