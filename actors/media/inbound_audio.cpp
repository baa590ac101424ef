#include "actors/media/inbound_audio.hpp"

#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <array>

namespace tandem {

namespace {

constexpr std::uint32_t bytes_per_ms = 8;
// Of a longer gap only so much is filled: the caller's words must not come late because of it.
constexpr std::size_t longest_gap = std::size_t{1000} * bytes_per_ms;
constexpr std::size_t piece = std::size_t{20} * bytes_per_ms;

}  // namespace

bool inbound_audio::accepts(const telnyx::media_format& format) {
  const bool known = format.encoding == telnyx::codec::pcmu || format.encoding == telnyx::codec::pcma;
  // What is not said is as G.711 always is.
  return known && (format.sample_rate == 0 || format.sample_rate == 8000) && format.channels <= 1;
}

inbound_audio::inbound_audio(telnyx::codec codec, bool hears_keys, sink& out) : codec_(codec), out_(out) {
  if (hears_keys) keys_.emplace();
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
  out_.audio(ulaw);
  const auto end = position_ + ulaw.size();
  // In pieces, so that what is heard in one does not depend on how much comes at once.
  std::array<std::int16_t, piece> samples;
  while (!ulaw.empty()) {
    const auto some = ulaw.first(std::min(piece, ulaw.size()));
    g711::decode_ulaw(some, samples);
    listen(std::span(samples).first(some.size()), end);
    ulaw = ulaw.subspan(some.size());
  }
}

/// Hears a piece of what ends there.
void inbound_audio::listen(std::span<const std::int16_t> samples, std::uint64_t end) {
  if (keys_) {
    for (const auto& each : keys_->feed(position_, samples)) out_.key(each.key);
    voice_.disregard(keys_->is_sounding());
  }
  const auto changes = voice_.feed(position_, samples);
  position_ += samples.size();
  for (const auto& change : changes) {
    out_.voice(change.what, static_cast<std::uint32_t>((end - change.position) / bytes_per_ms));
  }
}

}  // namespace tandem
