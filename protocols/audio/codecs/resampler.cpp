#include "protocols/audio/codecs/resampler.hpp"

#include <cstddef>
#include <speex/speex_resampler.h>

namespace tandem {

namespace {

// Of 0 to 10: what is folded back is 80 dB below the voice.
constexpr int quality = 4;

}  // namespace

resampler::resampler(std::uint32_t from, std::uint32_t to)
    : from_(from), to_(to), state_(speex_resampler_init(1, from, to, quality, nullptr)) {
  if (state_) speex_resampler_skip_zeros(state_.get());
}

void resampler::release::operator()(SpeexResamplerState_* state) const { speex_resampler_destroy(state); }

void resampler::convert(std::span<const std::int16_t> in, std::vector<std::int16_t>& out) {
  // One more than the ratio makes of it, which depends on the pieces before.
  const std::size_t room = in.size() * to_ / from_ + 2;
  out.resize(room);
  auto taken = static_cast<spx_uint32_t>(in.size());
  auto given = static_cast<spx_uint32_t>(room);
  if (!state_ || in.empty()) given = 0;
  if (given != 0) speex_resampler_process_int(state_.get(), 0, in.data(), &taken, out.data(), &given);
  out.resize(given);
}

}  // namespace tandem
