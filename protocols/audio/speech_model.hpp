#pragma once

#include <cstdint>
#include <memory>
#include <span>

struct WebRtcVadInst;

namespace tandem {

/// WebRTC's voice activity detection: whether a frame sounds like speech, by a model of what speech and the
/// noise so far are like in six bands. It knows no loudness: clicks and a stranger's murmur are speech to it.
class speech_model {
 public:
  static constexpr bool takes_rate(std::uint32_t rate) {
    return rate == 8000 || rate == 16000 || rate == 32000 || rate == 48000;
  }
  static constexpr bool takes_frame(std::uint32_t ms) { return ms == 10 || ms == 20 || ms == 30; }

  /// For a rate that it takes.
  explicit speech_model(std::uint32_t rate);

  /// Takes a frame, of a length that it takes.
  bool is_speech(std::span<const std::int16_t> frame);

 private:
  struct freed {
    void operator()(WebRtcVadInst* state) const;
  };

  std::uint32_t rate_;
  std::unique_ptr<WebRtcVadInst, freed> state_;
};

}  // namespace tandem
