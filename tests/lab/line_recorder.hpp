#pragma once

#include "protocols/audio/audio_format.hpp"
#include "tests/lab/phone.hpp"
#include "tests/lab/sound_format.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::lab {

/// Records both sides of a line as the person at its end has them.
class line_recorder final : public person {
 public:
  line_recorder(person& inner, telnyx::codec codec)
      : inner_(inner), format_(*sound_format_of(spoken_format(codec).name)) {}

  void speak(moment now, frame& out) override;
  void hear(moment now, const frame& heard, bool is_audio) override;
  bool hangs_up(moment now) override { return inner_.hangs_up(now); }

  /// Samples per second of each side.
  unsigned rate() const { return format_.rate; }

  /// 16-bit stereo samples: the caller left, the agent right.
  const std::vector<std::int16_t>& samples() const { return samples_; }

  /// The whole as a WAV file's bytes.
  std::string wav() const;

  /// Gives back the memory of what was recorded so far.
  void forget() { std::vector<std::int16_t>().swap(samples_); }

 private:
  person& inner_;
  sound_format format_;
  frame heard_;
  std::vector<std::int16_t> samples_;
};

}  // namespace tandem::lab
