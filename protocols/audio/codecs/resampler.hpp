#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct SpeexResamplerState_;

namespace tandem {

/// Brings a stream of samples from one rate to another, piece after piece and without delay: the first piece
/// is a few milliseconds short.
class resampler {
 public:
  /// Both in samples per second, 8000 to 48000.
  resampler(std::uint32_t from, std::uint32_t to);

  /// Replaces what `out` held by the next samples at the other rate.
  void convert(std::span<const std::int16_t> in, std::vector<std::int16_t>& out);

 private:
  struct release {
    void operator()(SpeexResamplerState_* state) const;
  };
  std::uint32_t from_;
  std::uint32_t to_;
  std::unique_ptr<SpeexResamplerState_, release> state_;
};

}  // namespace tandem
