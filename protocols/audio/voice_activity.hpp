#pragma once

#include "protocols/audio/noise_level.hpp"
#include "protocols/audio/speech_model.hpp"

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
  std::uint32_t rate = 8000;       ///< samples per second; 8000, 16000, 32000 or 48000
  std::uint32_t frame_ms = 20;     ///< what is judged at once; 10, 20 or 30
  std::uint32_t onset_ms = 60;     ///< so much voice in a row begins an utterance; a frame to 1000
  std::uint32_t release_ms = 200;  ///< so much silence in a row ends it; a frame to 2000
  float margin_db = 4.5F;          ///< above what the noise usually has, for voice to begin; 3 to 30
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

/// Tells when a caller speaks: frames above the noise, which is learned all the time in two bands, that are
/// coloured as voices are, or loud, and that sound like speech where noise is near; with hysteresis. Neither
/// steady noise nor a steady tone is voice, however the carrier makes it.
class voice_activity {
 public:
  /// With settings that `validate` accepts.
  explicit voice_activity(const voice_activity_settings& settings = {});

  /// Takes audio of any length whose first sample has this position; the changes that it brought, in order,
  /// good until the next call. A hole in the positions counts as silence.
  std::span<const voice_change> feed(std::uint64_t position, std::span<const std::int16_t> samples);

  /// The same for µ-law bytes.
  std::span<const voice_change> feed_ulaw(std::uint64_t position, std::span<const std::uint8_t> bytes);

  /// While set, what is heard is neither voice nor the line's noise: a key's tone sounds.
  void disregard(bool all) { disregards_ = all; }

  /// Whether voice has begun and not ended.
  bool speaking() const { return speaking_; }

  /// The noise floor, in dB below full scale.
  float noise_dbfs() const { return noise_.floor(); }

 private:
  static constexpr std::size_t steady_frames = 8;
  // At 48 kHz, of 30 ms.
  static constexpr std::size_t most_lag = 6;
  static constexpr std::size_t most_frame = 1440;

  /// A frame's levels: the whole, and what of it is in the lower and in the upper half of a telephone's band.
  struct frame {
    float dbfs;
    float low;
    float high;
    float colour;
  };

  void move_to(std::uint64_t position);
  template <class Fill>
  void take(std::size_t samples, Fill&& fill);
  void judge(std::span<const std::int16_t> samples);
  frame measure(std::span<const std::int16_t> samples) const;
  bool is_steady(const frame& heard);
  bool is_tone(const frame& heard);
  bool is_above(const frame& heard, float more_db) const;
  bool is_voice(std::span<const std::int16_t> samples, const frame& heard, bool above);
  void learn_quiet(const frame& heard);
  void on_voice(std::uint64_t begin);
  void on_silence();

  voice_activity_settings settings_;
  std::size_t lag_;  // these in samples
  std::size_t frame_;
  std::uint64_t onset_;
  std::uint64_t release_;
  noise_level noise_;
  noise_level low_noise_;
  noise_level high_noise_;
  speech_model model_;
  std::array<float, steady_frames> recent_{};  // levels of uncoloured frames in a row
  std::size_t uncoloured_ = 0;
  frame tone_{};  // the first of frames in a row that are alike
  std::size_t alike_ = 0;
  std::uint32_t unlike_speech_ = 0;  // frames since the model heard speech

  std::array<std::int16_t, most_lag> before_{};  // the last samples of the frame before
  std::vector<std::int16_t> part_;               // of a frame that comes in pieces
  std::size_t filled_ = 0;                       // so much of it
  std::uint64_t position_ = 0;
  bool disregards_ = false;

  bool speaking_ = false;
  std::optional<std::uint64_t> onset_begin_;
  std::uint64_t voice_end_ = 0;
  std::vector<voice_change> changes_;
};

}  // namespace tandem
