#pragma once

#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/codecs/codec.hpp"
#include "protocols/audio/reorder.hpp"
#include "protocols/audio/tone_keys.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "protocols/telnyx/media.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tandem {

/// The caller's half of one stream of the carrier: frames in any order become audio of the call's format
/// without holes, and the beginnings and ends of voice, and the keys that sound in it.
class inbound_audio {
 public:
  /// What it gives out, in order.
  class sink {
   public:
    /// In the call's format; good until it returns.
    virtual void audio(std::span<const std::uint8_t> bytes) = 0;

    /// Voice began or ended, so many milliseconds before the end of the audio given out.
    virtual void voice(voice_change::kind what, std::uint32_t ago_ms) = 0;

    /// A key's tones were heard.
    virtual void key(char key) = 0;

   protected:
    ~sink() = default;
  };

  /// A stream in a format that `can_decode` accepts, to be given out in `wanted`, which is not A-law. The
  /// byte order of L16 is found on the way. Without `hears_keys` no key is looked for in the audio.
  inbound_audio(const telnyx::media_format& format, const audio_format& wanted, bool hears_keys,
                l16_order& order, sink& out);

  void take(std::optional<std::int64_t> chunk, std::span<const std::uint8_t> payload);

  /// The stream is over: gives out what waited for frames before it.
  void finish();

  bool is_speaking() const { return voice_.speaking(); }
  /// Whether the newest audio given out is, or was just now, the tones of a key.
  bool key_sounds() const { return keys_ && keys_->is_sounding(); }
  const reorder::counts& frames() const { return window_.counted(); }

 private:
  /// What has to be done to a frame.
  enum class way : std::uint8_t { as_it_is, by_table, by_samples };

  void give_out();
  void convert(const reorder::frame& frame);
  void decode(const reorder::frame& frame);
  void conceal(std::size_t samples);
  void give(std::span<const std::uint8_t> ulaw);
  void give_samples();
  void give_heard(std::span<const std::uint8_t> bytes);

  // Of the frame that is given out. All calls of a thread share them, so that they stay in its cache.
  static thread_local std::vector<std::uint8_t> bytes_;
  static thread_local std::vector<std::int16_t> samples_;

  way way_;
  audio_format wanted_;
  sink& out_;
  std::uint64_t position_ = 0;  // in samples
  reorder window_;
  std::optional<tone_keys> keys_;
  voice_activity voice_;

  // By samples alone.
  std::unique_ptr<audio_decoder> decoder_;
  std::size_t last_size_;  // samples of the last frame
};

}  // namespace tandem
