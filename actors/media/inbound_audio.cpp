#include "actors/media/inbound_audio.hpp"

#include "protocols/audio/g711.hpp"

#include <algorithm>

namespace tandem {

namespace {

constexpr std::uint32_t bytes_per_ms = 8;
// Of a longer gap only so much is filled: the caller's words must not come late because of it.
constexpr std::size_t longest_gap = std::size_t{1000} * bytes_per_ms;

}  // namespace

bool inbound_audio::accepts(const telnyx::media_format& format) {
  const bool known = format.encoding == telnyx::codec::pcmu || format.encoding == telnyx::codec::pcma;
  // What is not said is as G.711 always is.
  return known && (format.sample_rate == 0 || format.sample_rate == 8000) && format.channels <= 1;
}

void inbound_audio::take(std::optional<std::int64_t> chunk, std::span<const std::uint8_t> payload) {
  window_.push(chunk, payload);
  give_out();
}

void inbound_audio::finish() {
  window_.flush();
  give_out();
}

void inbound_audio::give_out() {
  while (const auto frame = window_.next()) {
    if (frame->missing != 0) conceal(std::min(frame->missing * frame->payload.size(), longest_gap));
    if (frame->payload.empty()) continue;
    if (codec_ != telnyx::codec::pcma) {
      give(frame->payload);
      continue;
    }
    ulaw_.resize(frame->payload.size());
    g711::alaw_to_ulaw(frame->payload, ulaw_);
    give(ulaw_);
  }
}

/// Fills a gap with silence, so that what follows keeps its time.
void inbound_audio::conceal(std::size_t bytes) {
  ulaw_.assign(bytes, g711::ulaw_silence);
  position_ += bytes;
  out_.audio(ulaw_);
}

void inbound_audio::give(std::span<const std::uint8_t> ulaw) {
  const auto changes = voice_.feed_ulaw(position_, ulaw);
  position_ += ulaw.size();
  out_.audio(ulaw);
  for (const auto& change : changes) {
    out_.voice(change.what, static_cast<std::uint32_t>((position_ - change.position) / bytes_per_ms));
  }
}

}  // namespace tandem
