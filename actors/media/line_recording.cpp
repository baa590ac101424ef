#include "actors/media/line_recording.hpp"

#include "actors/call_recorder.hpp"
#include "actors/media/line_listeners.hpp"
#include "actors/messages.hpp"
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

line_recording::line_recording(call_recorder* recorder, std::string call_id, telnyx::codec configured,
                               bool mute_keys, metrics& measure)
    : recorder_(recorder),
      call_id_(std::move(call_id)),
      heard_(heard_format(configured)),
      spoken_(spoken_format(configured)),
      mute_keys_(mute_keys),
      measure_(measure),
      held_(*measure.recording_buffer_bytes) {}

line_recording::~line_recording() { finish("the call has ended"); }

void line_recording::listen(const attach_listener& who, bool has_stream, moment now,
                            std::atomic<std::uint32_t>& count) {
  if (!listeners_) listeners_ = std::make_unique<line_listeners>(heard_.rate, measure_, count);
  listeners_->add(who.stream, who.place, tape_ ? tape_->position(now) : 0);
  if (!tape_ && has_stream) stream_began(now);
}

void line_recording::finish(std::string_view why) {
  const auto listeners = std::move(listeners_);
  if (listeners && tape_) listeners->hear(*tape_, tape_->position(last_), last_, true);
  if (listeners) listeners->end(why);
  if (!tape_) return;
  auto rest = tape_->rest(last_);
  forget_tape();
  if (recorder_ == nullptr) return;
  if (!rest.stereo.empty()) recorder_->write(call_id_, rest.position, std::move(rest.stereo), heard_.rate);
  recorder_->finish(call_id_);
}

void line_recording::forget_tape() {
  tape_.reset();
  held_.set(0);
}

void line_recording::stream_began(moment now) {
  if (!tape_) {
    if (recorder_ == nullptr && !listeners_) return;
    tape_.emplace(now, heard_.samples_per_ms());
  }
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
  if (const auto listeners = std::move(listeners_)) listeners->end(end_reason::joined);
  if (!tape_) return;
  forget_tape();
  if (recorder_ != nullptr) recorder_->forget({call_id_});
}

/// So far back the tones of a key may reach that the carrier tells of now.
std::chrono::milliseconds line_recording::mutable_for() const {
  return mute_keys_ ? std::chrono::milliseconds(tone_before) : 0ms;
}

void line_recording::hand_over(moment now) {
  last_ = now;
  if (listeners_) {
    listeners_->hear(*tape_, tape_->settled(now, mutable_for()), now);
    if (listeners_->empty()) listeners_.reset();
  }
  if (recorder_ == nullptr && !listeners_) return forget_tape();
  while (auto piece = tape_->take(now)) {
    if (recorder_ != nullptr)
      recorder_->write(call_id_, piece->position, std::move(piece->stereo), heard_.rate);
  }
  held_.set(tape_->memory());
}

}  // namespace tandem
