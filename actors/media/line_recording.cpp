#include "actors/media/line_recording.hpp"

#include "actors/call_recorder.hpp"
#include "actors/runtime/metrics.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/audio/g711.hpp"

#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// The carrier tells of a key while or after its tone sounds.
constexpr auto tone_before = 600ms;
constexpr auto tone_after = 300ms;

}  // namespace

line_recording::line_recording(call_recorder& recorder, std::string call_id, telnyx::codec configured,
                               bool mute_keys, metrics& measure)
    : recorder_(recorder),
      call_id_(std::move(call_id)),
      heard_(heard_format(configured)),
      spoken_(spoken_format(configured)),
      mute_keys_(mute_keys),
      held_(*measure.recording_buffer_bytes) {}

void line_recording::finish() {
  if (!tape_) return;
  auto rest = tape_->rest(last_);
  tape_.reset();
  held_.set(0);
  if (!rest.stereo.empty()) recorder_.write(call_id_, rest.position, std::move(rest.stereo), heard_.rate);
  recorder_.finish(call_id_);
}

void line_recording::stream_began(moment now) {
  if (!tape_) tape_.emplace(now, heard_.samples_per_ms());
  tape_->stream_began(now);
  hand_over(now);
}

void line_recording::caller(std::span<const std::uint8_t> audio, moment now) {
  if (!tape_) return;
  tape_->caller(in_ulaw(audio, heard_), now);
  hand_over(now);
}

void line_recording::agent(std::span<const std::uint8_t> audio, moment now) {
  if (!tape_) return;
  tape_->agent(in_ulaw(audio, spoken_), now);
  hand_over(now);
}

/// A byte a sample, whatever the rate.
std::span<const std::uint8_t> line_recording::in_ulaw(std::span<const std::uint8_t> audio,
                                                      const audio_format& from) {
  if (from == ulaw_8000) return audio;
  ulaw_.resize(audio.size() / from.sample_bytes);
  if (from.is_pcm()) {
    l16::decode(audio, byte_order::little, samples_);
    g711::encode_ulaw(samples_, ulaw_);
  } else {
    g711::alaw_to_ulaw(audio, ulaw_);
  }
  return ulaw_;
}

void line_recording::clear(moment now) {
  if (tape_) tape_->clear(now);
  last_ = now;
}

void line_recording::key_pressed(moment now) {
  if (tape_ && mute_keys_) tape_->mute_caller(now - tone_before, now + tone_after);
}

void line_recording::drop() {
  if (!tape_) return;
  tape_.reset();
  held_.set(0);
  recorder_.forget({call_id_});
}

void line_recording::hand_over(moment now) {
  last_ = now;
  while (auto piece = tape_->take(now)) {
    recorder_.write(call_id_, piece->position, std::move(piece->stereo), heard_.rate);
  }
  held_.set(tape_->memory());
}

}  // namespace tandem
