#include "protocols/audio/wav.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

namespace tandem::wav {
namespace {

constexpr std::uint16_t tag_pcm = 1;
constexpr std::uint16_t tag_alaw = 6;
constexpr std::uint16_t tag_ulaw = 7;
constexpr std::uint16_t tag_extensible = 0xfffe;
constexpr std::size_t chunk_head = 8;
constexpr std::size_t extensible_tag_at = 24;  // of the format chunk: where the tag it stands for is

class writer {
 public:
  writer& name(std::string_view four) {
    out_.insert(out_.end(), four.begin(), four.end());
    return *this;
  }
  writer& u16(std::uint32_t value) {
    out_.push_back(static_cast<std::uint8_t>(value));
    out_.push_back(static_cast<std::uint8_t>(value >> 8));
    return *this;
  }
  writer& u32(std::uint32_t value) { return u16(value).u16(value >> 16); }
  std::vector<std::uint8_t> take() { return std::move(out_); }

 private:
  std::vector<std::uint8_t> out_;
};

std::uint32_t u16_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return bytes[at] | bytes[at + 1] << 8;
}

std::uint32_t u32_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return u16_at(bytes, at) | u16_at(bytes, at + 2) << 16;
}

bool named(std::span<const std::uint8_t> bytes, std::size_t at, std::string_view four) {
  if (bytes.size() < at + four.size()) return false;
  const auto found = bytes.subspan(at, four.size());
  return std::equal(four.begin(), four.end(), found.begin());
}

std::optional<format> read_format(std::span<const std::uint8_t> chunk) {
  if (chunk.size() < 16) return std::nullopt;
  std::uint32_t tag = u16_at(chunk, 0);
  if (tag == tag_extensible && chunk.size() >= extensible_tag_at + 2) tag = u16_at(chunk, extensible_tag_at);
  format layout;
  layout.channels = static_cast<std::uint16_t>(u16_at(chunk, 2));
  layout.rate = u32_at(chunk, 4);
  const std::uint32_t bits = u16_at(chunk, 14);
  if (layout.channels == 0 || layout.rate == 0) return std::nullopt;
  if (tag == tag_pcm && bits == 16) {
    layout.samples = coding::pcm16;
  } else if (tag == tag_alaw && bits == 8) {
    layout.samples = coding::alaw;
  } else if (tag == tag_ulaw && bits == 8) {
    layout.samples = coding::ulaw;
  } else {
    return std::nullopt;
  }
  return layout;
}

}  // namespace

std::vector<std::uint8_t> header(const format& layout, std::uint32_t audio_bytes) {
  const bool pcm = layout.samples == coding::pcm16;
  const std::uint32_t format_bytes = pcm ? 16 : 18;
  const std::uint32_t fact_bytes = pcm ? 0 : 12;  // codings other than PCM also say how many frames there are
  const std::uint32_t before_audio = 4 + 8 + format_bytes + fact_bytes + 8;
  const std::uint32_t most = std::numeric_limits<std::uint32_t>::max() - before_audio - 1;
  const std::uint32_t audio = std::min(audio_bytes, most);
  const std::uint32_t tag = pcm ? tag_pcm : layout.samples == coding::alaw ? tag_alaw : tag_ulaw;

  writer out;
  out.name("RIFF").u32(before_audio + audio + audio % 2).name("WAVE");
  out.name("fmt ").u32(format_bytes).u16(tag).u16(layout.channels).u32(layout.rate);
  out.u32(layout.rate * layout.frame_bytes()).u16(layout.frame_bytes()).u16(pcm ? 16 : 8);
  if (!pcm) out.u16(0).name("fact").u32(4).u32(audio / std::max(layout.frame_bytes(), 1U));
  out.name("data").u32(audio);
  return out.take();
}

std::optional<content> read(std::span<const std::uint8_t> file) {
  if (!named(file, 0, "RIFF") || !named(file, 8, "WAVE")) return std::nullopt;
  std::optional<format> layout;
  file = file.subspan(12);
  while (file.size() >= chunk_head) {
    const std::size_t said = u32_at(file, 4);
    const std::size_t size = std::min(said, file.size() - chunk_head);
    const auto chunk = file.subspan(chunk_head, size);
    if (named(file, 0, "fmt ")) {
      layout = read_format(chunk);
      if (!layout) return std::nullopt;
    } else if (named(file, 0, "data")) {
      if (!layout) return std::nullopt;
      return content{*layout, chunk.first(size - size % layout->frame_bytes())};
    }
    file = file.subspan(std::min(chunk_head + size + size % 2, file.size()));
  }
  return std::nullopt;
}

}  // namespace tandem::wav
