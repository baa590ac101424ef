#include "actors/media/line_recording.hpp"

#include "actors/call_recorder.hpp"
#include "actors/runtime/metrics.hpp"
#include "protocols/audio/g711.hpp"

#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// The carrier tells of a key while or after its tone sounds.
constexpr auto tone_before = 600ms;
constexpr auto tone_after = 300ms;

}  // namespace

line_recording::line_recording(call_recorder& recorder, std::string call_id, telnyx::codec playout_codec,
                               bool mute_keys, metrics& measure)
    : recorder_(recorder),
      call_id_(std::move(call_id)),
      playout_codec_(playout_codec),
      mute_keys_(mute_keys),
      held_(*measure.recording_buffer_bytes) {}

void line_recording::finish() {
  if (!tape_) return;
  auto rest = tape_->rest(last_);
  tape_.reset();
  held_.set(0);
  if (!rest.stereo.empty()) recorder_.write(call_id_, rest.position, std::move(rest.stereo));
  recorder_.finish(call_id_);
}

void line_recording::stream_began(moment now) {
  if (!tape_) tape_.emplace(now);
  tape_->stream_began(now);
  hand_over(now);
}

void line_recording::caller(std::span<const std::uint8_t> ulaw, moment now) {
  if (!tape_) return;
  tape_->caller(ulaw, now);
  hand_over(now);
}

void line_recording::agent(std::span<const std::uint8_t> audio, moment now) {
  if (!tape_) return;
  if (playout_codec_ == telnyx::codec::pcma) {
    ulaw_.resize(audio.size());
    g711::alaw_to_ulaw(audio, ulaw_);
    audio = ulaw_;
  }
  tape_->agent(audio, now);
  hand_over(now);
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
    recorder_.write(call_id_, piece->position, std::move(piece->stereo));
  }
  held_.set(tape_->memory());
}

}  // namespace tandem
