#include "tests/lab/line_recorder.hpp"

#include "protocols/audio/g711.hpp"
#include "protocols/audio/wav.hpp"

#include <bit>
#include <cstring>

namespace tandem::lab {

std::int16_t line_recorder::linear(std::uint8_t code) const {
  return codec_ == telnyx::codec::pcma ? g711::from_alaw(code) : g711::from_ulaw(code);
}

void line_recorder::hear(moment now, const frame& heard, bool is_audio) {
  heard_ = heard;
  inner_.hear(now, heard, is_audio);
}

void line_recorder::speak(moment now, frame& out) {
  inner_.speak(now, out);
  for (std::size_t at = 0; at < out.size(); ++at) {
    samples_.push_back(linear(out[at]));
    samples_.push_back(linear(heard_[at]));
  }
}

std::string line_recorder::wav() const {
  static_assert(std::endian::native == std::endian::little, "WAV is little-endian");
  auto bytes = samples_.size() * sizeof(std::int16_t);
  auto head = wav::header({wav::coding::pcm16, 2, 8000}, static_cast<std::uint32_t>(bytes));
  std::string out(head.begin(), head.end());
  out.resize(head.size() + bytes);
  std::memcpy(out.data() + head.size(), samples_.data(), bytes);
  return out;
}

}  // namespace tandem::lab
