#pragma once

#include <cstdint>
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
  float margin_db = 9;             ///< above the noise, for voice to begin; 3 to 30
  float least_dbfs = -45;          ///< never voice below this; -70 to -20

  /// Empty when all is in range, otherwise what is not.
  std::string validate() const;
};

/// Voice began or ended.
struct voice_change {
  enum class kind : std::uint8_t { started, ended };
  kind what = kind::started;
  std::uint64_t position = 0;    ///< where, in samples
  std::uint64_t decided_at = 0;  ///< up to where audio had to be heard to know it; more than `position`
};

/// Tells when a caller speaks: frames well above an adaptive noise floor, with hysteresis. Steady noise is no
/// voice, however the carrier makes it.
class voice_activity {
 public:
  explicit voice_activity(const voice_activity_settings& settings = {});

  /// Takes audio of any length whose first sample has this position; the changes that it brought, in order,
  /// good until the next call. A hole in the positions ends nothing, it only counts as time.
  std::span<const voice_change> feed(std::uint64_t position, std::span<const std::int16_t> samples);

  /// The same for µ-law bytes.
  std::span<const voice_change> feed_ulaw(std::uint64_t position, std::span<const std::uint8_t> bytes);

  /// Whether voice has begun and not ended.
  bool speaking() const { return speaking_; }

  /// The noise floor, in dB below full scale.
  float noise_dbfs() const;

 private:
  bool speaking_ = false;
};

}  // namespace tandem
