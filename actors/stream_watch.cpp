#include "actors/stream_watch.hpp"

#include "actors/media/audio_path.hpp"
#include "actors/runtime/services.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// An open stream has a frame every 20 ms; without one for so long the carrier may have lost it before us.
constexpr auto suspicious_silence = 1s;

/// The part of the longest silence after which another stream is better than a further wait.
constexpr auto part_of_silence = 3;

}  // namespace

stream_watch::stream_watch(leg_commander& clock, const carrier_leg& leg, const audio_path& path,
                           const call_limits& limits, events tell)
    : clock_(clock), leg_(leg), path_(path), limits_(limits), tell_(std::move(tell)) {}

void stream_watch::await() {
  wait_ = clock_.after(leg_.patience(), [this, reason = leg_.no_stream()] { tell_.over(reason); });
}

void stream_watch::began() {
  wait_.cancel();
  began_at_ = clock_.now();
  look();
}

void stream_watch::lost() {
  next_look_.cancel();
  miss(true);
}

void stream_watch::stop() {
  wait_.cancel();
  next_look_.cancel();
}

void stream_watch::look() {
  if (leg_.transferring()) return look_after(limits_.media_wait);
  const auto now = clock_.now();
  const auto heard_at = std::max(began_at_, path_.frame.last());
  const auto frames_due = std::max(heard_at, frameless_until_);
  const auto silent_at = frames_due + limits_.media_wait;
  const auto lifeless_at =
      std::max({began_at_, silent_until_, path_.voice.last(), path_.reply.last()}) + limits_.lifeless;
  if (now >= silent_at) return tell_.over(end_reason::no_media);
  if (now >= lifeless_at) return tell_.over(end_reason::caller_silent);
  miss(now >= heard_at + suspicious_silence);
  const bool is_silent = now >= frames_due + std::chrono::milliseconds(limits_.media_wait) / part_of_silence;
  if (std::exchange(is_silent_, is_silent) != is_silent && is_silent) tell_.silent();
  const auto look_at = (is_missing_ ? now : heard_at) + suspicious_silence;
  look_after(std::min({silent_at, lifeless_at, look_at}) - now);
}

void stream_watch::expect_silence(std::chrono::nanoseconds time, bool without_frames) {
  silent_until_ = clock_.now() + time;
  frameless_until_ = without_frames ? silent_until_ : clock_.now();
}

void stream_watch::look_after(std::chrono::nanoseconds wait) {
  next_look_ = clock_.after(wait, [this] { look(); });
}

void stream_watch::miss(bool missed) {
  if (std::exchange(is_missing_, missed) != missed) tell_.missed(missed);
}

}  // namespace tandem
