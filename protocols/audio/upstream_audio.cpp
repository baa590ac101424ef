#include "protocols/audio/upstream_audio.hpp"

#include <algorithm>

namespace tandem {

upstream_audio::upstream_audio(const settings& bounds) : bounds_(bounds) {
  bounds_.chunk = std::max<std::size_t>(bounds_.chunk, 1);
  bounds_.sample = std::max<std::size_t>(bounds_.sample, 1);
  bounds_.capacity = std::max(bounds_.capacity, bounds_.chunk);
}

void upstream_audio::append(std::span<const std::uint8_t> audio) {
  while (!audio.empty()) {
    const auto piece = audio.first(std::min(audio.size(), bounds_.capacity));
    make_room(piece.size());
    kept_.append(piece);
    audio = audio.subspan(piece.size());
  }
}

void upstream_audio::make_room(std::size_t bytes) {
  if (kept_.size() + bytes <= bounds_.capacity) return;
  // Only whole samples go, or what follows would be noise.
  const std::uint64_t least = kept_.begin() + kept_.size() + bytes - bounds_.capacity;
  const std::uint64_t whole = (least + bounds_.sample - 1) / bounds_.sample * bounds_.sample;
  const std::uint64_t oldest = std::min(whole, kept_.end());
  forgotten_ += std::min(oldest, sent_) - kept_.begin();
  if (oldest > sent_) {
    dropped_ += oldest - sent_;
    sent_ = oldest;
  }
  kept_.drop_until(oldest);
}

bool upstream_audio::take_chunk(std::vector<std::uint8_t>& out, std::size_t chunks) {
  const std::size_t whole = unsent_bytes() / bounds_.chunk;
  return take(out, std::min(whole, chunks) * bounds_.chunk);
}

bool upstream_audio::take_rest(std::vector<std::uint8_t>& out) {
  return take(out, std::min(unsent_bytes(), bounds_.chunk));
}

void upstream_audio::committed(std::uint64_t position) { kept_.drop_until(std::min(position, sent_)); }

void upstream_audio::skip(std::uint64_t position) {
  kept_.drop_until(position);
  sent_ = std::max(sent_, kept_.begin());
}

std::uint64_t upstream_audio::rewind() { return sent_ = kept_.begin(); }

bool upstream_audio::take(std::vector<std::uint8_t>& out, std::size_t bytes) {
  out.clear();
  if (bytes == 0) return false;
  kept_.copy(sent_, sent_ + bytes, out);
  sent_ += bytes;
  return true;
}

}  // namespace tandem
