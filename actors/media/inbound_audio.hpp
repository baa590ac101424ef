#pragma once

#include "protocols/audio/reorder.hpp"
#include "protocols/audio/tone_keys.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "protocols/telnyx/media.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tandem {

/// The caller's half of one stream of the carrier: frames in any order become µ-law without holes, and the
/// beginnings and ends of voice, and the keys that sound in it.
class inbound_audio {
 public:
  /// What it gives out, in order.
  class sink {
   public:
    /// µ-law at 8 kHz; good until it returns.
    virtual void audio(std::span<const std::uint8_t> ulaw) = 0;

    /// Voice began or ended, so many milliseconds before the end of the audio given out.
    virtual void voice(voice_change::kind what, std::uint32_t ago_ms) = 0;

    /// A key's tones were heard.
    virtual void key(char key) = 0;

   protected:
    ~sink() = default;
  };

  /// Whether audio in this format can be taken.
  static bool accepts(const telnyx::media_format& format);

  /// Without `hears_keys` no key is looked for in the audio.
  inbound_audio(telnyx::codec codec, bool hears_keys, sink& out);

  void take(std::optional<std::int64_t> chunk, std::span<const std::uint8_t> payload);

  /// The stream is over: gives out what waited for frames before it.
  void finish();

  bool is_speaking() const { return voice_.speaking(); }
  bool key_sounds() const { return keys_ && keys_->is_sounding(); }
  const reorder::counts& frames() const { return window_.counted(); }

 private:
  void give_out();
  void conceal(std::size_t bytes);
  void give(std::span<const std::uint8_t> ulaw);
  void listen(std::span<const std::int16_t> samples, std::uint64_t end);

  telnyx::codec codec_;
  sink& out_;
  reorder window_;
  voice_activity voice_;
  std::optional<tone_keys> keys_;
  std::uint64_t position_ = 0;
  std::vector<std::uint8_t> ulaw_;
};

}  // namespace tandem
