#pragma once

#include "protocols/telnyx/media.hpp"
#include "tests/lab/phone.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::lab {

/// Records both sides of a line as the person at its end has them.
class line_recorder final : public person {
 public:
  line_recorder(person& inner, telnyx::codec codec) : inner_(inner), codec_(codec) {}

  void speak(moment now, frame& out) override;
  void hear(moment now, const frame& heard, bool is_audio) override;
  bool hangs_up(moment now) override { return inner_.hangs_up(now); }

  /// 16-bit stereo samples at 8 kHz: the caller left, the agent right.
  const std::vector<std::int16_t>& samples() const { return samples_; }

  /// The whole as a WAV file's bytes.
  std::string wav() const;

  /// Gives back the memory of what was recorded so far.
  void forget() { std::vector<std::int16_t>().swap(samples_); }

 private:
  std::int16_t linear(std::uint8_t code) const;

  person& inner_;
  telnyx::codec codec_;
  frame heard_{};
  std::vector<std::int16_t> samples_;
};

}  // namespace tandem::lab
