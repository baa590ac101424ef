#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace tandem {

/// What a line's noise is like in one band, learned from its frames: the floor, how far noise usually lies
/// above it, and how much that varies. Levels are in dB below full scale.
class noise_level {
 public:
  static constexpr float quietest_dbfs = -70;

  explicit noise_level(float dbfs) { set(dbfs); }

  /// Takes the level of one frame, noise or not.
  void add(float dbfs);

  /// The noise is known to be this loud now.
  void set(float dbfs);

  /// This frame was noise, the more surely the larger `weight` is (0 to 1).
  void learn(float dbfs, float weight);

  /// The level that noise has at least: the second lowest of the last three seconds' blocks, each of which
  /// counts as loud as its second lowest frame, so that a lost frame here and there does not pass for quiet.
  float floor() const { return floor_; }

  /// A frame from here on is more than noise, which lies `margin_db` below as a rule.
  float gate(float margin_db) const;

 private:
  static constexpr std::size_t blocks = 15;
  static constexpr std::size_t frames_in_block = 10;

  // What each frame needs, apart from what a block does: calls are many, and caches small.
  std::uint32_t frames_ = 0;
  std::uint32_t block_ = 0;
  float lowest_;
  float second_lowest_;
  float floor_;
  // Those of white noise in frames of 20 ms, to begin with.
  float excess_ = 1.5F;
  float deviation_ = 0.7F;
  std::unique_ptr<std::array<float, blocks>> levels_ = std::make_unique<std::array<float, blocks>>();
};

}  // namespace tandem
