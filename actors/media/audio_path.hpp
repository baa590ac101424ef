#pragma once

#include "actors/cluster/call_pass.hpp"
#include "actors/runtime/cache_line.hpp"
#include "protocols/moment.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// Takes the caller's audio.
class caller_audio_sink {
 public:
  /// In the call's `heard_format`, in order, without holes; `read_at` is when its carrier frame was read.
  virtual void caller_audio(std::span<const std::uint8_t> audio, moment read_at) = 0;

  /// The caller's voice began or ended, so much audio before the newest. The first call says how it is when
  /// the stream starts.
  virtual void caller_voice(bool /*speaking*/, std::chrono::milliseconds /*ago*/) {}

 protected:
  ~caller_audio_sink() = default;
};

/// Plays to the caller over the carrier's stream, in the order of the calls.
class carrier_playout {
 public:
  /// Whole frames of 20 ms in the call's `spoken_format`; dropped without a valid pass. False when the stream
  /// cannot take more for now; it was still taken, and `playout_events::playout_writable` follows.
  virtual bool play(std::span<const std::uint8_t> audio) = 0;

  /// Asks for `name` back once everything before it was played or cleared.
  virtual void mark(std::string_view name) = 0;

  /// Throws away what the carrier has queued; its marks come back. Like marks, only under a valid pass.
  virtual void clear() = 0;

 protected:
  ~carrier_playout() = default;
};

/// Hears what became of the audio it played.
class playout_events {
 public:
  virtual void mark_returned(std::string_view name) = 0;

  /// There is a stream, or it takes audio again.
  virtual void playout_writable() = 0;

  /// The stream is gone, whether or not another takes its place: what it had queued may never have been
  /// heard. `playout_writable` says when there is one again.
  virtual void playout_lost() = 0;

 protected:
  ~playout_events() = default;
};

/// When something was last seen; the reader may be on another loop than the writer.
class sign_of_life {
 public:
  void note(moment at) { at_.store(at.time_since_epoch().count(), std::memory_order_relaxed); }
  moment last() const { return moment(moment::duration(at_.load(std::memory_order_relaxed))); }

 private:
  std::atomic<moment::rep> at_{0};
};

/// The pass under which anything is sent to the caller; who asks may be on another loop than who sets it.
class shared_pass {
 public:
  /// From now on it is this one; one thread sets.
  void set(std::shared_ptr<const call_pass> pass) {
    const auto* const now = pass.get();
    // Whoever asks at this moment may still look at the former one.
    kept_.push_back(std::move(pass));
    pass_.store(now, std::memory_order_release);
  }

  /// Without a pass always.
  bool valid(moment now) const {
    const auto* const pass = pass_.load(std::memory_order_acquire);
    return pass == nullptr || pass->valid(now);
  }

 private:
  std::atomic<const call_pass*> pass_{nullptr};
  std::vector<std::shared_ptr<const call_pass>> kept_;
};

/// The direct calls between one call's actors, all on one loop: audio does not travel as messages.
/// Each actor enters itself when it is there and takes itself out when it goes; the others check every time.
/// All of it that a frame needs is one line of the cache.
struct alignas(cache_line) audio_path {
  /// Scribe.
  caller_audio_sink* recogniser = nullptr;
  /// Ingress, while it has a stream.
  carrier_playout* playout = nullptr;
  /// Speech.
  playout_events* speech = nullptr;

  /// What the supervisor looks at: a frame of the carrier's, the caller's voice, audio for the caller.
  sign_of_life frame;
  sign_of_life voice;
  sign_of_life reply;

  /// Whether the call is on hold: what the caller says is nobody's business.
  std::atomic<bool> on_hold{false};

  /// How many listen in to the call.
  std::atomic<std::uint32_t> listeners{0};

  /// Whether the call is this node's; see `may_act`.
  shared_pass pass;

  /// Whether anything may be sent to the caller now: not while the call may be another node's.
  bool may_act(moment now) const { return pass.valid(now); }
};

}  // namespace tandem
