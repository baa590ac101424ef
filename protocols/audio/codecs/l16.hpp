#pragma once

#include "protocols/audio/codecs/codec.hpp"

#include <cstddef>
#include <optional>

namespace tandem {

/// Which byte of a sample comes first.
enum class byte_order : std::uint8_t { little, big };

/// 16-bit linear PCM. `samples` and `bytes` get what the other has; an odd last byte is no sample.
namespace l16 {

void decode(std::span<const std::uint8_t> bytes, byte_order order, std::vector<std::int16_t>& samples);
void encode(std::span<const std::int16_t> samples, byte_order order, std::vector<std::uint8_t>& bytes);

}  // namespace l16

/// The byte order of one stream's L16, which carriers do not say. Samples read in the wrong one jump from
/// each to the next; so it is the order with less energy at high frequencies over the first second that is no
/// silence, little-endian until there was any.
class l16_order {
 public:
  /// With `known`, what is heard changes nothing.
  explicit l16_order(std::optional<byte_order> known = std::nullopt)
      : order_(known.value_or(byte_order::little)) {
    if (known) heard_ = enough_ms;
  }

  /// Takes the stream's next frame, as it came.
  void hear(std::span<const std::uint8_t> frame, std::uint32_t rate);

  byte_order now() const { return order_; }

 private:
  static constexpr std::uint64_t enough_ms = 1000;

  byte_order order_;
  std::uint64_t heard_ = 0;  // milliseconds that were no silence
  double little_ = 0;        // energy at high frequencies in either order
  double big_ = 0;
};

/// L16 of any rate, in the order found.
class l16_decoder final : public audio_decoder {
 public:
  l16_decoder(std::uint32_t rate, l16_order& order) : rate_(rate), order_(order) {}
  bool decode(std::span<const std::uint8_t> frame, std::vector<std::int16_t>& samples) override;

 private:
  std::uint32_t rate_;
  l16_order& order_;
};

class l16_encoder final : public audio_encoder {
 public:
  explicit l16_encoder(const l16_order& order) : order_(order) {}
  void encode(std::span<const std::int16_t> samples, std::vector<std::uint8_t>& frame) override;

 private:
  const l16_order& order_;
};

}  // namespace tandem
