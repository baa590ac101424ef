#include "protocols/audio/codecs/l16.hpp"

#include <algorithm>

namespace tandem {

namespace {

// Mean square of a sample, about -50 dBFS, that is silence: nothing is to be learned from its last bits.
constexpr double silence = 100.0 * 100.0;

/// One way to read a frame.
struct reading {
  double energy = 0;
  double high = 0;  // that of the differences between neighbours
  int last = 0;

  void add(std::uint8_t low_byte, std::uint8_t high_byte) {
    const int sample = static_cast<std::int16_t>(low_byte | high_byte << 8);
    const double step = sample - last;
    energy += static_cast<double>(sample) * sample;
    high += step * step;
    last = sample;
  }
};

}  // namespace

void l16::decode(std::span<const std::uint8_t> bytes, byte_order order, std::vector<std::int16_t>& samples) {
  samples.resize(bytes.size() / 2);
  const std::size_t low = order == byte_order::little ? 0 : 1;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<std::int16_t>(bytes[2 * i + low] | bytes[2 * i + 1 - low] << 8);
  }
}

void l16::encode(std::span<const std::int16_t> samples, byte_order order, std::vector<std::uint8_t>& bytes) {
  bytes.resize(2 * samples.size());
  const std::size_t low = order == byte_order::little ? 0 : 1;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto value = static_cast<std::uint16_t>(samples[i]);
    bytes[2 * i + low] = static_cast<std::uint8_t>(value & 0xff);
    bytes[2 * i + 1 - low] = static_cast<std::uint8_t>(value >> 8);
  }
}

void l16_order::hear(std::span<const std::uint8_t> frame, std::uint32_t rate) {
  const auto samples = frame.size() / 2;
  if (heard_ >= enough_ms || samples == 0) return;
  reading little;
  reading big;
  for (std::size_t i = 0; i < samples; ++i) {
    little.add(frame[2 * i], frame[2 * i + 1]);
    big.add(frame[2 * i + 1], frame[2 * i]);
  }
  if (std::min(little.energy, big.energy) < silence * static_cast<double>(samples)) return;
  little_ += little.high;
  big_ += big.high;
  heard_ += samples * 1000 / rate;
  order_ = big_ < little_ ? byte_order::big : byte_order::little;
}

bool l16_decoder::decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) {
  order_.hear(frame, rate_);
  l16::decode(frame, order_.now(), samples);
  return !samples.empty();
}

void l16_encoder::encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) {
  l16::encode(samples, order_.now(), frame);
}

}  // namespace tandem
