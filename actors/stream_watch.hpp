#pragma once

#include "actors/carrier_leg.hpp"
#include "actors/runtime/loop.hpp"

#include <chrono>
#include <functional>
#include <string_view>

namespace tandem {

struct audio_path;
struct call_limits;

/// Sees to it that a call has a stream from the carrier with somebody on it: one has to come in time, and has
/// to have frames, and now and then a voice.
class stream_watch {
 public:
  /// What it finds.
  struct events {
    /// No stream came, the line has died without a word, or nobody drives the call.
    std::function<void(std::string_view end_reason)> over;
    /// The stream has broken off or fallen silent, so that another one may come for it; or there is one
    /// again.
    std::function<void(bool missed)> missed;
    /// The open stream has been without frames for so long that it will hardly go on.
    std::function<void()> silent;
  };

  /// Goes by the clock of `clock`; all of them must live as long.
  stream_watch(leg_commander& clock, const carrier_leg& leg, const audio_path& path,
               const call_limits& limits, events tell);

  /// A stream has to come from now on, as soon as the leg can have one.
  void await();

  /// The stream is there.
  void began();

  bool has_begun() const { return began_at_ != moment{}; }

  /// Whether it has broken off or fallen silent.
  bool is_missing() const { return is_missing_; }

  /// The stream is gone.
  void lost();

  /// Until now nobody promised frames.
  void count_anew() { began_at_ = clock_.now(); }

  /// For so long from now nobody need speak; nor, if so, need there be frames. A later word replaces this.
  void expect_silence(std::chrono::nanoseconds time, bool without_frames);

  /// Nothing matters any more.
  void stop();

 private:
  void look();
  void look_after(std::chrono::nanoseconds wait);
  void miss(bool missed);

  leg_commander& clock_;
  const carrier_leg& leg_;
  const audio_path& path_;
  const call_limits& limits_;
  events tell_;
  moment began_at_;
  moment silent_until_;
  moment frameless_until_;
  bool is_missing_ = false;
  bool is_silent_ = false;
  timer wait_;
  timer next_look_;
};

}  // namespace tandem
