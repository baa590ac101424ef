#pragma once

#include "actors/runtime/gauge_share.hpp"
#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/line_tape.hpp"
#include "protocols/moment.hpp"
#include "protocols/telnyx/media.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

class call_recorder;
class line_listeners;
struct attach_listener;
struct metrics;

/// A call's recording from its first stream on, handed to the recorder a second at a time, and to those who
/// listen in as soon as it stands; finished when this goes, at the latest.
class line_recording {
 public:
  /// The recorder must live as long; without one there is something to do while somebody listens in. The
  /// call's codec says how both sides sound. With `mute_keys` the tones of keys are left out.
  line_recording(call_recorder* recorder, std::string call_id, telnyx::codec configured, bool mute_keys,
                 metrics& measure);
  ~line_recording();
  line_recording(const line_recording&) = delete;

  void stream_began(moment now);
  void caller(std::span<const std::uint8_t> audio, moment now);
  void agent(std::span<const std::uint8_t> audio, moment now);
  void clear(moment now);
  void key_pressed(moment now);

  /// From now on somebody listens in, over a link of this loop. `count` is how many do, and must live as
  /// long; `has_stream` says whether there is a stream now.
  void listen(const attach_listener& who, bool has_stream, moment now, std::atomic<std::uint32_t>& count);

  /// The line is over, for this reason; nothing is taken from now on.
  void finish(std::string_view why);

  /// The call turned out to be part of another one, which has its own.
  void drop();

 private:
  std::span<const std::uint8_t> in_ulaw(std::span<const std::uint8_t> audio, const audio_format& from);
  void hand_over(moment now);
  void forget_tape();
  std::chrono::milliseconds mutable_for() const;

  call_recorder* recorder_;
  std::string call_id_;
  audio_format heard_;
  audio_format spoken_;
  bool mute_keys_;
  std::optional<line_tape> tape_;
  moment last_{};
  std::vector<std::int16_t> samples_;
  std::vector<std::uint8_t> ulaw_;
  std::unique_ptr<line_listeners> listeners_;
  metrics& measure_;
  gauge_share held_;
};

}  // namespace tandem
