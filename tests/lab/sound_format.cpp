#include "tests/lab/sound_format.hpp"

#include "protocols/audio/g711.hpp"

namespace tandem::lab {

std::optional<sound_format> sound_format_of(std::string_view name) {
  using enum sound_format::coding;
  if (name == "ulaw_8000") return sound_format{ulaw, 8000};
  if (name == "alaw_8000") return sound_format{alaw, 8000};
  if (name == "pcm_8000") return sound_format{pcm, 8000};
  if (name == "pcm_16000") return sound_format{pcm, 16000};
  return std::nullopt;
}

std::vector<std::int16_t> decode_sound(sound_format format, std::span<const std::uint8_t> bytes) {
  std::vector<std::int16_t> samples(bytes.size() / format.sample_bytes());
  switch (format.samples) {
    case sound_format::coding::ulaw:
      g711::decode_ulaw(bytes, samples);
      break;
    case sound_format::coding::alaw:
      g711::decode_alaw(bytes, samples);
      break;
    case sound_format::coding::pcm:
      for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] = static_cast<std::int16_t>(bytes[2 * i] | bytes[2 * i + 1] << 8);
  }
  return samples;
}

std::vector<std::uint8_t> encode_sound(sound_format format, std::span<const std::int16_t> samples) {
  std::vector<std::uint8_t> bytes(samples.size() * format.sample_bytes());
  switch (format.samples) {
    case sound_format::coding::ulaw:
      g711::encode_ulaw(samples, bytes);
      break;
    case sound_format::coding::alaw:
      g711::encode_alaw(samples, bytes);
      break;
    case sound_format::coding::pcm:
      for (std::size_t i = 0; i < samples.size(); ++i) {
        auto value = static_cast<std::uint16_t>(samples[i]);
        bytes[2 * i] = static_cast<std::uint8_t>(value & 0xff);
        bytes[2 * i + 1] = static_cast<std::uint8_t>(value >> 8);
      }
  }
  return bytes;
}

}  // namespace tandem::lab
