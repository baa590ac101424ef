#include "tests/lab/line_recorder.hpp"

#include "protocols/audio/wav.hpp"

#include <bit>
#include <cstring>

namespace tandem::lab {

void line_recorder::hear(moment now, const frame& heard, bool is_audio) {
  heard_ = heard;
  inner_.hear(now, heard, is_audio);
}

void line_recorder::speak(moment now, frame& out) {
  inner_.speak(now, out);
  const auto said = decode_sound(format_, out);
  const auto heard = decode_sound(format_, heard_);
  for (std::size_t at = 0; at < said.size(); ++at) {
    samples_.push_back(said[at]);
    samples_.push_back(at < heard.size() ? heard[at] : std::int16_t{0});
  }
}

std::string line_recorder::wav() const {
  static_assert(std::endian::native == std::endian::little, "WAV is little-endian");
  auto bytes = samples_.size() * sizeof(std::int16_t);
  auto head = wav::header({wav::coding::pcm16, 2, format_.rate}, static_cast<std::uint32_t>(bytes));
  std::string out(head.begin(), head.end());
  out.resize(head.size() + bytes);
  std::memcpy(out.data() + head.size(), samples_.data(), bytes);
  return out;
}

}  // namespace tandem::lab
