#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem {

/// How a voice is told from noise; `validate` knows the ranges.
struct voice_activity_settings {
  std::uint32_t rate = 8000;       ///< samples per second; 8000 to 48000
  std::uint32_t frame_ms = 20;     ///< what is judged at once; 10 to 40
  std::uint32_t onset_ms = 60;     ///< so much voice in a row begins an utterance; a frame to 1000
  std::uint32_t release_ms = 200;  ///< so much silence in a row ends it; a frame to 2000
  float margin_db = 7;             ///< above the noise, for voice to begin; 3 to 30
  float least_dbfs = -45;          ///< never voice below this; -70 to -20

  /// Empty when all is in range, otherwise what is not.
  std::string validate() const;
};

/// Voice began or ended.
struct voice_change {
  enum class kind : std::uint8_t { started, ended };
  kind what = kind::started;
  std::uint64_t position = 0;    ///< where, in samples
  std::uint64_t decided_at = 0;  ///< up to where audio had to be heard to know it
};

/// The level that noise has at least: the second lowest of the last three seconds' blocks, each of which
/// counts as loud as its second lowest frame, so that a lost frame here and there does not pass for quiet.
class noise_floor {
 public:
  explicit noise_floor(float dbfs) { set(dbfs); }

  /// Takes the level of one frame.
  void add(float dbfs);

  /// The noise is known to be this loud now.
  void set(float dbfs);

  float dbfs() const { return dbfs_; }

 private:
  static constexpr std::size_t blocks = 15;
  static constexpr std::size_t frames_in_block = 10;

  std::array<float, blocks> levels_;
  std::size_t block_ = 0;
  std::size_t frames_ = 0;
  float lowest_;
  float second_lowest_;
  float dbfs_;
};

/// Tells when a caller speaks: frames well above an adaptive noise floor that are coloured as voices are, or
/// loud; with hysteresis. Steady noise is no voice, however the carrier makes it.
class voice_activity {
 public:
  /// With settings that `validate` accepts.
  explicit voice_activity(const voice_activity_settings& settings = {});

  /// Takes audio of any length whose first sample has this position; the changes that it brought, in order,
  /// good until the next call. A hole in the positions counts as silence.
  std::span<const voice_change> feed(std::uint64_t position, std::span<const std::int16_t> samples);

  /// The same for µ-law bytes.
  std::span<const voice_change> feed_ulaw(std::uint64_t position, std::span<const std::uint8_t> bytes);

  /// Whether voice has begun and not ended.
  bool speaking() const { return speaking_; }

  /// The noise floor, in dB below full scale.
  float noise_dbfs() const { return noise_.dbfs(); }

 private:
  static constexpr std::size_t steady_frames = 8;

  void move_to(std::uint64_t position);
  void add(std::span<const std::int16_t> samples);
  void judge();
  bool is_voice(float dbfs, float colour) const;
  bool is_steady(float dbfs, float colour);
  void on_voice(std::uint64_t begin);
  void on_silence();

  voice_activity_settings settings_;
  std::size_t frame_;  // these three in samples
  std::uint64_t onset_;
  std::uint64_t release_;
  noise_floor noise_;
  std::array<float, steady_frames> recent_{};  // levels of uncoloured frames in a row
  std::size_t uncoloured_ = 0;

  // The frame that is being filled.
  std::uint64_t position_ = 0;
  std::size_t filled_ = 0;
  float energy_ = 0;
  float product_ = 0;
  std::int16_t last_sample_ = 0;

  bool speaking_ = false;
  std::optional<std::uint64_t> onset_begin_;
  std::uint64_t voice_end_ = 0;
  std::vector<voice_change> changes_;
};

}  // namespace tandem
