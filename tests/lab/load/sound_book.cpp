#include "tests/lab/load/sound_book.hpp"

#include "protocols/audio/g711.hpp"
#include "protocols/base64.hpp"
#include "tests/lab/synthesis.hpp"

#include <algorithm>

namespace tandem::lab {

namespace {

/// The samples without the silence around them: every frame is to count as speech.
std::span<const std::int16_t> voiced(std::span<const std::int16_t> samples) {
  const auto loud = [](std::int16_t sample) { return sample > 500 || sample < -500; };
  const auto first = std::find_if(samples.begin(), samples.end(), loud);
  const auto last = std::find_if(samples.rbegin(), samples.rend(), loud).base();
  return first < last ? std::span(first, last) : samples;
}

}  // namespace

sound_book::sound_book(std::span<const std::uint8_t> speech, std::size_t agent_frames) {
  frame page;
  page.fill(g711::ulaw_silence);
  while (pages_.size() < first_spoken) add(page);
  for (; speech.size() >= page.size(); speech = speech.subspan(page.size())) {
    std::copy_n(speech.begin(), page.size(), page.begin());
    add(page);
  }
  caller_frames_ = pages_.size() - first_spoken;
  // Loud noise, of which each frame is another.
  std::uint32_t random = 2166136261U;
  for (std::size_t n = 0; n < agent_frames; ++n) {
    for (auto& byte : page) {
      random ^= random << 13, random ^= random >> 17, random ^= random << 5;
      byte = static_cast<std::uint8_t>(random >> 8 & 0xbf);
    }
    add(page);
  }
}

sound_book sound_book::spoken() {
  auto spoken = make_flite_voice("slt")->speak("I would like a table for two.", 8000);
  const auto samples = voiced(spoken.samples);
  std::vector<std::uint8_t> bytes(samples.size());
  g711::encode_ulaw(samples, bytes);
  return sound_book(bytes);
}

void sound_book::add(const frame& bytes) {
  page made{bytes, {}};
  for (std::size_t i = 0; i < tag_bytes; ++i) made.bytes[i] &= 0xfe;
  base64::append(made.settled, std::span(made.bytes).subspan(fresh_bytes));
  pages_.push_back(std::move(made));
}

frame sound_book::tagged(const frame_tag& tag) const {
  auto out = pages_[tag.sound].bytes;
  write_tag(out, tag);
  return out;
}

bool sound_book::agrees(const frame_tag& tag, std::span<const std::uint8_t> bytes) const {
  if (tag.sound >= pages_.size() || bytes.size() < frame_bytes) return false;
  const auto& page = pages_[tag.sound].bytes;
  for (std::size_t i = 0; i < tag_bytes; ++i) {
    if (page[i] != (bytes[i] & 0xfe)) return false;
  }
  return std::equal(page.begin() + tag_bytes, page.end(), bytes.begin() + tag_bytes);
}

}  // namespace tandem::lab
