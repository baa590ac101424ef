#pragma once

#include "tests/system/staying_caller.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace tandem::test {

/// A caller who speaks into the agent's first words and stays until told to leave.
class interrupting_caller final : public lab::person {
 public:
  void speak(moment now, lab::frame& out) override {
    out.fill(g711::ulaw_silence);
    if (heard_ < 50) return;
    const auto& speech = known_speech(telnyx::codec::pcmu);
    const auto count = std::min(out.size(), speech.size() - said_);
    std::copy_n(speech.begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
    said_ += count;
    if (clears_ == 0) began_ = std::min(began_, now - ++frames_ * std::chrono::milliseconds(20));
  }
  void hear(moment, const lab::frame&, bool is_audio) override { heard_ += is_audio ? 1 : 0; }
  void cleared(moment now) override {
    ++clears_;
    waits_ += now - began_;
  }
  bool hangs_up(moment) override { return leaving; }

  /// How often the agent fell silent, and how long after the caller began to speak, added up; once the call
  /// is over. The begin is told by those of the frames that left in time, as an engine tells it.
  std::size_t clears() const { return clears_; }
  moment::duration waits() const { return waits_; }

  std::atomic<bool> leaving = false;

 private:
  /// Where what is said begins to be loud enough for a voice.
  static std::size_t begin_of_voice() {
    constexpr int loud = 150;
    const auto& speech = known_speech(telnyx::codec::pcmu);
    std::vector<std::int16_t> samples(speech.size());
    g711::decode_ulaw(speech, samples);
    const auto first = std::ranges::find_if(samples, [](int sample) { return std::abs(sample) >= loud; });
    return static_cast<std::size_t>(first - samples.begin());
  }

  std::size_t heard_ = 0;
  std::size_t said_ = begin_of_voice();
  std::int64_t frames_ = 0;  // since it began to speak
  moment began_ = moment::max();
  std::size_t clears_ = 0;
  moment::duration waits_{0};
};

}  // namespace tandem::test
