#pragma once

#include "actors/ingress.hpp"
#include "actors/media/audio_path.hpp"
#include "protocols/audio/g711.hpp"
#include "protocols/telnyx/carrier.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

using namespace std::chrono_literals;

using bytes = std::vector<std::uint8_t>;

/// A recogniser that keeps what it is given.
struct fake_recogniser final : caller_audio_sink {
  void caller_audio(std::span<const std::uint8_t> ulaw, moment) override {
    if (broken) throw std::runtime_error("broken recogniser");
    heard.insert(heard.end(), ulaw.begin(), ulaw.end());
  }
  bytes heard;
  bool broken = false;
};

/// Counts what it is told of the carrier's stream.
struct fake_speech final : playout_events {
  void mark_returned(std::string_view name) override { marks.emplace_back(name); }
  void playout_writable() override { ++writable; }
  void playout_lost() override { ++lost; }
  std::vector<std::string> marks;
  unsigned writable = 0;
  unsigned lost = 0;
};

/// A call's ingress with the test as carrier, recogniser, speech, call and dialogue.
struct ingress_fixture : fixture {
  ingress_fixture();
  ~ingress_fixture();

  void spawn();

  /// A new stream of the carrier's; the newest is `peer`.
  void attach();

  template <class Event>
  void say(const Event& event) {
    std::string text;
    telnyx::carrier::append(text, event);
    peer->text(text);
    host.run();
  }

  void begin(telnyx::codec codec = telnyx::codec::pcmu, std::uint32_t rate = 8000);
  void frame(const bytes& payload, std::int64_t chunk, telnyx::track track = telnyx::track::inbound);

  /// Frames in real time in which a telephone's key sounds.
  void key_tones(char key, unsigned count = 5);

  /// Frames in real time: 20 ms of a loud vowel, or of silence.
  void frames(unsigned count, bool voice);

  /// What went to the carrier.
  std::vector<telnyx::carrier::stream_command> sent();

  static bytes numbered(std::uint8_t number) { return bytes(160, number); }

  std::shared_ptr<audio_path> path = std::make_shared<audio_path>();
  fake_recogniser recogniser;
  fake_speech speech;
  std::shared_ptr<fake_peer> peer;
  probe<call_actor> call = spawn_probe<actor_kind::call, call_actor>();
  probe<dialogue_actor> dialogue = spawn_probe<actor_kind::dialogue, dialogue_actor>();
  ingress_actor actor;

 private:
  std::vector<std::string> kept_;
  std::int64_t chunk_ = 0;
  std::uint64_t sample_ = 0;
};

}  // namespace tandem::test
