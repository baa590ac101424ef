#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/loop.hpp"
#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/codecs/codec.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/telnyx/media.hpp"
#include "tests/lab/playout_queue.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tandem::lab {

/// The person at the far end of the line. Called every 20 ms on the phone's loop.
class person {
 public:
  virtual ~person() = default;

  /// Fills the next 20 ms of what is said, in the `spoken_format` of the line's codec; silence when nothing
  /// is.
  virtual void speak(moment now, frame& out) = 0;

  /// The next 20 ms that the line plays; `is_audio` is false for the line's own silence.
  virtual void hear(moment now, const frame& heard, bool is_audio) = 0;

  /// What was still to be heard is not: the engine had it thrown away.
  virtual void cleared(moment) {}

  /// The key that the person presses now; 0 = none.
  virtual char presses(moment) { return 0; }

  /// Whether the person puts the phone down now.
  virtual bool hangs_up(moment) { return false; }
};

/// How a line tells of keys that are pressed: by events, by their tones in the audio, or by both.
enum class key_telling { events, tones, both };

/// What becomes of a stream: it is open, audio came over it, it has ended.
enum class stream_news { opened, audio, over };

/// The line that a call goes over.
struct line {
  telnyx::codec codec = telnyx::codec::pcmu;
  /// What the engine sends, when that is another one; `unknown` = the same.
  telnyx::codec from_engine_codec = telnyx::codec::unknown;
  /// Of L16, in samples per second.
  std::uint32_t rate = 16000;
  /// How L16 is written.
  byte_order order = byte_order::little;
  std::string stream_url;
  /// Of the request for the stream.
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string call_control_id;
  /// How often the call was streamed before; tells its streams apart.
  unsigned streams_before = 0;
  std::string from;
  std::string to;
  std::string client_state;
  /// How long everything takes from the person to the engine, and back; whole frames of 20 ms.
  std::chrono::milliseconds to_engine{0};
  std::chrono::milliseconds from_engine{0};
  key_telling keys = key_telling::events;
  /// How long behind the press its event comes.
  std::chrono::milliseconds key_event_delay{0};
  /// Of each two events that are on their way together, the later overtakes the earlier.
  bool swaps_key_events = false;
  /// Told of it on the phone's loop, also when the person has hung up.
  std::function<void(stream_news)> news{};
};

/// What a phone saw of its call.
struct phone_counts {
  std::uint64_t frames_sent = 0;
  std::uint64_t audio_bytes_received = 0;
  std::uint64_t clears = 0;
  std::uint64_t marks = 0;
  std::uint64_t faults = 0;

  void add(const phone_counts& other);
};

/// One call's media as Telnyx streams it: 20 ms frames in real time, playout with marks and clear. Lives on
/// one loop.
class phone final : public link_events {
 public:
  /// Connects; `over` is called once, when the stream has ended for whatever reason.
  phone(loop& home, link_connector& network, line over_line, person& who,
        std::function<void(std::string why)> over);

  /// The person hangs up, or the carrier ends the call: `stop`, then the stream closes.
  void hang_up();

  /// Breaks the connection off without a word.
  void drop();

  /// Says nothing any more, and stays connected.
  void freeze() { ticking_.cancel(); }

  /// Whether this end put the phone down.
  bool hung_up() const { return hung_up_; }

  /// The stream's id, as its `start` says it.
  const std::string& id() const { return stream_id_; }

  const phone_counts& counts() const { return counts_; }

 private:
  struct late_key {
    moment due;
    char key;
    wall_time pressed_at;
  };

  void on_open() override;
  void on_text(std::span<char> text) override;
  void on_closed(const link_closed& how) override;

  void tick();
  void send(const std::string& text);
  void send_frame(const frame& audio);
  void tell(stream_news what) const {
    if (line_.news) line_.news(what);
  }
  void press(char key, moment now);
  void sound_keys(frame& said);
  void send_key(const late_key& key);
  void obey(std::string& text);
  bool play(std::span<const std::uint8_t> payload);
  void return_mark(const std::string& name);

  loop& home_;
  line line_;
  person& who_;
  std::function<void(std::string)> over_;
  std::unique_ptr<link> link_;
  audio_format sound_;  // of the person
  l16_order order_;
  std::unique_ptr<audio_encoder> encoder_;  // without, sound is sent and played as it is
  std::unique_ptr<audio_decoder> decoder_;
  playout_queue playout_;
  std::vector<std::int16_t> samples_;
  std::vector<std::uint8_t> bytes_;
  std::string out_;
  std::string stream_id_;
  std::uint64_t sequence_ = 0;
  std::uint64_t chunk_ = 0;
  wall_time opened_at_;
  moment next_tick_;
  timer ticking_;
  struct late_text {
    moment due;
    std::string text;
  };
  std::deque<late_text> leaving_;
  std::deque<late_text> arriving_;
  std::vector<std::string> reached_;
  std::string sounding_;     // keys whose tones are still to be sent
  std::size_t sounded_ = 0;  // frames of the first of them, its pause included
  std::deque<late_key> late_keys_;
  bool hung_up_ = false;
  phone_counts counts_;
};

}  // namespace tandem::lab
