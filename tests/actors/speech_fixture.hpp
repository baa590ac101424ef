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
#include <utility>
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
  speech_fixture() { path->playout = &carrier; }

  void spawn(bool open = true) {
    actor = owned(spawn_speech(host, call.handle, dialogue.handle, path, settings, shared));
    host.run();
    if (open) open_socket();
  }

  fake_peer& peer() { return *connector.peers.back(); }
  void open_socket() {
    peer().open();
    host.run();
  }

  static std::vector<asked> sent_to(const fake_peer& peer) {
    std::vector<asked> all;
    for (auto text : peer.sent) {
      const auto size = text.size();
      text.push_back('\0');
      const auto message = tts::decode_client({text.data(), size});
      REQUIRE(message);
      all.push_back({std::string(message->context.value_or("")), std::string(message->text.value_or("")),
                     message->flush, message->close_context});
    }
    return all;
  }

  /// The context in which the newest text was asked for.
  std::string context() {
    std::string found;
    for (const auto& each : sent_to(peer())) {
      if (each.flush) found = each.context;
    }
    return found;
  }

  /// All text that a peer was asked to speak.
  static std::string text_of(const fake_peer& peer) {
    std::string all;
    for (const auto& each : sent_to(peer)) {
      if (each.flush) all += each.text;
    }
    return all;
  }

  static std::size_t closes(const fake_peer& peer) {
    std::size_t count = 0;
    for (const auto& each : sent_to(peer)) count += each.close;
    return count;
  }

  /// Audio of `text` at 50 ms a character, aligned; every byte is different from its neighbours.
  bytes synthesise(std::string_view text, std::optional<std::string> name = {}, bool aligned = true) {
    const bytes audio = next_audio(text.size() * 400);
    tts::output message;
    const auto into = name ? *name : context();
    message.context = into;
    message.audio = audio;
    for (std::size_t i = 0; aligned && i < text.size(); ++i) {
      message.alignment.push_back({text.substr(i, 1), static_cast<std::uint32_t>(50 * i), 50});
    }
    send(message);
    return audio;
  }

  void finish(std::optional<std::string> name = {}) {
    tts::output message;
    const auto into = name ? *name : context();
    message.context = into;
    message.is_final = true;
    send(message);
  }

  void send(const tts::output& message) {
    std::string text;
    tts::append_output(text, message, tts::spelling::camel_case);
    peer().text(text);
    host.run();
  }

  void fail_with(const tts::error& error) {
    std::string text;
    tts::append_error(text, error, tts::spelling::camel_case);
    peer().text(text);
    host.run();
  }

  /// Speaks a whole turn and synthesises all of it.
  bytes say(std::uint32_t turn, const std::string& text) {
    tell(actor, speak{turn, text, true});
    auto audio = synthesise(text);
    finish();
    return audio;
  }

  /// The carrier returns its newest mark.
  void return_mark() {
    REQUIRE(!carrier.marks.empty());
    path->speech->mark_returned(carrier.marks.back());
    host.run();
  }

  bytes next_audio(std::size_t size) {
    bytes audio(size);
    for (auto& each : audio) each = static_cast<std::uint8_t>(++last_byte_ % 251);
    return audio;
  }

  /// From now on audio needs a pass, which is valid at first.
  std::shared_ptr<call_pass> need_pass() {
    auto permitted = std::make_shared<leases::permission>();
    permitted->set(moment::max());
    auto pass = std::make_shared<call_pass>(std::move(permitted));
    path->pass.set(pass);
    return pass;
  }

  std::shared_ptr<audio_path> path = std::make_shared<audio_path>();
  fake_carrier carrier{host};
  probe<call_actor> call = spawn_probe<actor_kind::call, call_actor>();
  probe<dialogue_actor> dialogue = spawn_probe<actor_kind::dialogue, dialogue_actor>();
  speech_actor actor;

 private:
  std::uint32_t last_byte_ = 0;
};

}  // namespace tandem::test
