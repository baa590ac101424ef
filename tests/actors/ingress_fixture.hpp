#pragma once

#include "actors/ingress.hpp"
#include "actors/media/audio_path.hpp"
#include "protocols/audio/g711.hpp"
#include "protocols/telnyx/carrier.hpp"
#include "tests/actors/fixture.hpp"
#include "tests/lab/dtmf_tones.hpp"

#include <array>
#include <chrono>
#include <cmath>
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
  ingress_fixture() {
    path->recogniser = &recogniser;
    path->speech = &speech;
    spawn();
  }

  void spawn() {
    actor = owned(spawn_ingress(host, call.handle, dialogue.handle, path, settings, measure));
    host.run();
  }

  /// A new stream of the carrier's; the newest is `peer`.
  void attach() {
    peer = std::make_shared<fake_peer>();
    tell(actor, attach_stream{std::make_shared<fake_link>(host, peer)});
    peer->open();
  }

  template <class Event>
  void say(const Event& event) {
    std::string text;
    telnyx::carrier::append(text, event);
    peer->text(text);
    host.run();
  }

  void begin(telnyx::codec codec = telnyx::codec::pcmu, std::uint32_t rate = 8000) {
    attach();
    telnyx::start event;
    event.stream_id = "stream-1";
    event.call_control_id = "v3:call";
    event.from = "+4912345678";
    event.to = "+4987654321";
    event.format = {codec, rate, 1};
    say(event);
  }

  void frame(const bytes& payload, std::int64_t chunk, telnyx::track track = telnyx::track::inbound) {
    telnyx::media event;
    event.source = track;
    event.chunk = chunk;
    event.payload = payload;
    say(event);
  }

  /// Frames in real time in which a telephone's key sounds.
  void key_tones(char key, unsigned count = 5) {
    for (std::size_t at = 0; at < count * std::size_t{160}; at += 160) {
      std::array<std::int16_t, 160> sound{};
      lab::dtmf_tones(key, at, sound);
      bytes payload(160);
      g711::encode_ulaw(sound, payload);
      frame(payload, ++chunk_);
      host.advance(20ms);
    }
  }

  /// Frames in real time: 20 ms of a loud vowel, or of silence.
  void frames(unsigned count, bool voice) {
    for (; count != 0; --count) {
      bytes payload(160, g711::ulaw_silence);
      for (std::size_t i = 0; voice && i < payload.size(); ++i) {
        const auto at = static_cast<double>(sample_++) / 8000;
        // Swelling and fading a little, as no tone does.
        const auto loudness = 6000 * (1 + 0.3 * std::sin(2 * M_PI * 5 * at));
        payload[i] = g711::to_ulaw(static_cast<std::int16_t>(loudness * std::sin(2 * M_PI * 140 * at) *
                                                             (1 + 0.4 * std::sin(2 * M_PI * 700 * at))));
      }
      frame(payload, ++chunk_);
      host.advance(20ms);
    }
  }

  /// What went to the carrier.
  std::vector<telnyx::carrier::stream_command> sent() {
    kept_ = peer->sent;
    std::vector<telnyx::carrier::stream_command> all;
    for (auto& text : kept_) {
      const auto size = text.size();
      text.push_back('\0');
      const auto command = telnyx::carrier::decode_command({text.data(), size});
      REQUIRE(command);
      all.push_back(*command);
    }
    return all;
  }

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
