#pragma once

#include "actors/runtime/gauge_share.hpp"
#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/line_tape.hpp"
#include "protocols/moment.hpp"
#include "protocols/telnyx/media.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem {

class call_recorder;
struct metrics;

/// A call's recording from its first stream on, handed to the recorder a second at a time; finished when this
/// goes, at the latest.
class line_recording {
 public:
  /// The recorder must live as long. The call's codec says how both sides sound. With `mute_keys` the tones
  /// of keys are not recorded.
  line_recording(call_recorder& recorder, std::string call_id, telnyx::codec configured, bool mute_keys,
                 metrics& measure);
  ~line_recording() { finish(); }
  line_recording(const line_recording&) = delete;

  void stream_began(moment now);
  void caller(std::span<const std::uint8_t> audio, moment now);
  void agent(std::span<const std::uint8_t> audio, moment now);
  void clear(moment now);
  void key_pressed(moment now);

  /// The line is over; nothing is taken from now on.
  void finish();

  /// The call turned out to be part of another one, which has its own.
  void drop();

 private:
  std::span<const std::uint8_t> in_ulaw(std::span<const std::uint8_t> audio, const audio_format& from);
  void hand_over(moment now);

  call_recorder& recorder_;
  std::string call_id_;
  audio_format heard_;
  audio_format spoken_;
  bool mute_keys_;
  std::optional<line_tape> tape_;
  moment last_{};
  std::vector<std::int16_t> samples_;
  std::vector<std::uint8_t> ulaw_;
  gauge_share held_;
};

}  // namespace tandem
