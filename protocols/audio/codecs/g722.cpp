#include "protocols/audio/codecs/g722.hpp"

#include <spandsp.h>

namespace tandem {

namespace {

constexpr int bit_rate = 64000;

}  // namespace

g722_decoder::g722_decoder() : state_(g722_decode_init(nullptr, bit_rate, 0)) {}

void g722_decoder::release::operator()(g722_decode_state_s* state) const { g722_decode_free(state); }

bool g722_decoder::decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) {
  samples.resize(2 * frame.size());
  if (!state_ || frame.empty()) return false;
  g722_decode(state_.get(), samples.data(), frame.data(), static_cast<int>(frame.size()));
  return true;
}

g722_encoder::g722_encoder() : state_(g722_encode_init(nullptr, bit_rate, 0)) {}

void g722_encoder::release::operator()(g722_encode_state_s* state) const { g722_encode_free(state); }

void g722_encoder::encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) {
  frame.resize(state_ ? samples.size() / 2 : 0);
  if (frame.empty()) return;
  g722_encode(state_.get(), frame.data(), samples.data(), static_cast<int>(2 * frame.size()));
}

}  // namespace tandem
