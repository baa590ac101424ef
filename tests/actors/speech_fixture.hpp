#pragma once

#include "actors/cluster/call_pass.hpp"
#include "actors/media/audio_path.hpp"
#include "actors/speech.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/elevenlabs/speech_stream_server.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

using namespace std::chrono_literals;
using bytes = std::vector<std::uint8_t>;

/// A carrier that keeps what it is given and when.
struct fake_carrier final : carrier_playout {
  struct chunk {
    moment at;
    bytes audio;
  };

  explicit fake_carrier(loop& home) : home_(home) {}

  bool play(std::span<const std::uint8_t> audio) override {
    if (broken) throw std::runtime_error("broken carrier");
    chunks.push_back({home_.now(), bytes(audio.begin(), audio.end())});
    return writable;
  }
  void mark(std::string_view name) override { marks.emplace_back(name); }
  void clear() override { cleared_at.push_back(home_.now()); }

  bytes audio() const {
    bytes all;
    for (const auto& each : chunks) all.insert(all.end(), each.audio.begin(), each.audio.end());
    return all;
  }

  std::vector<chunk> chunks;
  std::vector<std::string> marks;
  std::vector<moment> cleared_at;
  bool writable = true;
  bool broken = false;

 private:
  loop& home_;
};

/// Audio as it leaves: whole frames, the last one filled up with silence.
inline bytes padded(bytes audio) {
  audio.resize((audio.size() + 159) / 160 * 160, 0xff);
  return audio;
}

/// What the synthesiser was sent in one message.
struct asked {
  std::string context;
  std::string text;
  bool flush = false;
  bool close = false;
};

/// A call's speech with the test as synthesiser, carrier, call and dialogue.
struct speech_fixture : fixture {
  speech_fixture();
  ~speech_fixture();

  void spawn(bool open = true);

  fake_peer& peer() { return *connector.peers.back(); }
  void open_socket() {
    peer().open();
    host.run();
  }

  static std::vector<asked> sent_to(const fake_peer& peer);

  /// The context in which the newest text was asked for.
  std::string context();

  /// All text that a peer was asked to speak.
  static std::string text_of(const fake_peer& peer);
  static std::size_t closes(const fake_peer& peer);

  /// Audio of `text` at 50 ms a character, aligned; every byte is different from its neighbours.
  bytes synthesise(std::string_view text, std::optional<std::string> name = {}, bool aligned = true);
  void finish(std::optional<std::string> name = {});
  void send(const tts::output& message);
  void fail_with(const tts::error& error);

  /// Speaks a whole turn and synthesises all of it.
  bytes say(std::uint32_t turn, const std::string& text);

  /// The carrier returns its newest mark.
  void return_mark();

  bytes next_audio(std::size_t size);

  /// From now on audio needs a pass, which is valid at first.
  std::shared_ptr<call_pass> need_pass();

  std::shared_ptr<audio_path> path = std::make_shared<audio_path>();
  fake_carrier carrier{host};
  probe<call_actor> call = spawn_probe<actor_kind::call, call_actor>();
  probe<dialogue_actor> dialogue = spawn_probe<actor_kind::dialogue, dialogue_actor>();
  speech_actor actor;

 private:
  std::uint32_t last_byte_ = 0;
};

}  // namespace tandem::test
