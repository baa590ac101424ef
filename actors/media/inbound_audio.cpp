#include "actors/media/inbound_audio.hpp"

#include "protocols/audio/codecs/l16.hpp"
#include "protocols/audio/g711.hpp"

#include <algorithm>

namespace tandem {

namespace {

// Of a longer gap only so much is filled: the caller's words must not come late because of it.
constexpr std::size_t longest_gap_ms = 1000;
constexpr std::size_t usual_frame_ms = 20;
constexpr std::size_t piece_ms = 20;

}  // namespace

thread_local std::vector<std::uint8_t> inbound_audio::bytes_;
thread_local std::vector<std::int16_t> inbound_audio::samples_;

inbound_audio::inbound_audio(const telnyx::media_format& format, const audio_format& wanted, bool hears_keys,
                             l16_order& order, sink& out)
    : way_(wanted.is_pcm()                          ? way::by_samples
           : format.encoding == telnyx::codec::pcmu ? way::as_it_is
           : format.encoding == telnyx::codec::pcma ? way::by_table
                                                    : way::by_samples),
      wanted_(wanted),
      out_(out),
      voice_({.rate = wanted.rate}),
      decoder_(way_ == way::by_samples ? make_decoder(format, wanted.rate, order) : nullptr),
      last_size_(usual_frame_ms * wanted.samples_per_ms()) {
  if (hears_keys) keys_.emplace(wanted.rate);
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
    if (way_ != way::as_it_is) {
      convert(*frame);
      continue;
    }
    if (frame->missing != 0) conceal(frame->missing * frame->payload.size());
    if (!frame->payload.empty()) give(frame->payload);
  }
}

void inbound_audio::convert(const reorder::frame& frame) {
  if (frame.payload.empty()) return;
  if (way_ == way::by_samples) return decode(frame);
  if (frame.missing != 0) conceal(frame.missing * frame.payload.size());
  bytes_.resize(frame.payload.size());
  g711::alaw_to_ulaw(frame.payload, bytes_);
  give(bytes_);
}

/// A frame that is none of its codec is one more that is missing.
void inbound_audio::decode(const reorder::frame& frame) {
  const bool good = decoder_ && decoder_->decode(frame.payload, samples_);
  if (good) last_size_ = samples_.size();
  if (!good) window_.spoiled();
  const std::size_t missing = frame.missing + (good ? 0 : 1);
  if (missing != 0) conceal(missing * last_size_);
  if (good) give_samples();
}

/// Fills a gap with silence, so that what follows keeps its time.
void inbound_audio::conceal(std::size_t samples) {
  samples = std::min(samples, longest_gap_ms * wanted_.samples_per_ms());
  bytes_.assign(samples * wanted_.sample_bytes, wanted_.silence);
  position_ += samples;
  out_.audio(bytes_);
}

void inbound_audio::give(std::span<const std::uint8_t> ulaw) {
  samples_.resize(ulaw.size());
  g711::decode_ulaw(ulaw, samples_);
  give_heard(ulaw);
}

void inbound_audio::give_samples() {
  if (wanted_.is_pcm()) {
    l16::encode(samples_, byte_order::little, bytes_);
  } else {
    bytes_.resize(samples_.size());
    g711::encode_ulaw(samples_, bytes_);
  }
  give_heard(bytes_);
}

/// Gives out the bytes of `samples_`. They are listened to in pieces, so that what is heard in one frame does
/// not depend on how long it is; for keys before anybody else gets them.
void inbound_audio::give_heard(std::span<const std::uint8_t> bytes) {
  const auto piece = piece_ms * wanted_.samples_per_ms();
  const auto each_piece = [&](const auto& hear) {
    auto at = position_;
    for (std::span<const std::int16_t> left = samples_; !left.empty();) {
      const auto some = left.first(std::min(piece, left.size()));
      hear(at, some);
      at += some.size();
      left = left.subspan(some.size());
    }
  };
  if (keys_) {
    each_piece([&](std::uint64_t at, std::span<const std::int16_t> some) {
      for (const auto& each : keys_->feed(at, some)) out_.key(each.key);
    });
    voice_.disregard(keys_->is_sounding());
  }
  out_.audio(bytes);
  const auto end = position_ + samples_.size();
  each_piece([&](std::uint64_t at, std::span<const std::int16_t> some) {
    for (const auto& change : voice_.feed(at, some))
      out_.voice(change.what, static_cast<std::uint32_t>((end - change.position) / wanted_.samples_per_ms()));
  });
  position_ = end;
}

}  // namespace tandem
