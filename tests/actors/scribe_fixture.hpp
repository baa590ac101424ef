#pragma once

#include "actors/media/audio_path.hpp"
#include "actors/scribe.hpp"
#include "protocols/base64.hpp"
#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/elevenlabs/scribe_server.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

using namespace std::chrono_literals;

using bytes = std::vector<std::uint8_t>;

/// A message as Scribe gets it.
struct heard_chunk {
  bytes audio;
  bool commit = false;
  std::optional<std::string> previous_text{};
};

/// A call's scribe with the test as Scribe, as the call and as the dialogue.
struct scribe_fixture : fixture {
  scribe_fixture() { spawn(); }

  void spawn() {
    actor = owned(spawn_scribe(host, call.handle, dialogue.handle, path, settings, shared));
    host.run();
  }

  fake_peer& peer() { return *connector.peers.back(); }

  void open_session() {
    peer().open();
    say(scribe::session_started{"s", {}, {}, {}, {}, {}});
  }

  void say(const scribe::server_message& message) {
    std::string text;
    scribe::append_message(text, message);
    peer().text(text);
    host.run();
  }

  /// `count` frames of 20 ms, in real time; each is filled with a number of its own.
  void speak(std::size_t count) {
    for (; count != 0; --count) {
      const bytes frame(160, static_cast<std::uint8_t>(++last_frame));
      spoken.insert(spoken.end(), frame.begin(), frame.end());
      REQUIRE(path->recogniser != nullptr);
      path->recogniser->caller_audio(frame, host.now());
      host.advance(20ms);
    }
  }

  static heard_chunk decode(std::string text) {
    const auto size = text.size();
    text.push_back('\0');
    const auto chunk = scribe::decode_chunk({text.data(), size});
    REQUIRE(chunk);
    CHECK(chunk->sample_rate == 8000);
    heard_chunk heard{
        bytes(base64::decoded_bound(chunk->audio_base64.size())), chunk->commit,
        chunk->previous_text ? std::optional(std::string(*chunk->previous_text)) : std::nullopt};
    const auto length = base64::decode(chunk->audio_base64, heard.audio);
    REQUIRE(length);
    heard.audio.resize(*length);
    return heard;
  }

  static std::vector<heard_chunk> sent_to(const fake_peer& peer) {
    std::vector<heard_chunk> all;
    for (const auto& text : peer.sent) all.push_back(decode(text));
    return all;
  }

  static bytes audio_of(const fake_peer& peer) {
    bytes all;
    for (const auto& each : sent_to(peer)) all.insert(all.end(), each.audio.begin(), each.audio.end());
    return all;
  }

  static std::size_t commits_in(const fake_peer& peer) {
    std::size_t count = 0;
    for (const auto& each : sent_to(peer)) count += each.commit;
    return count;
  }

  bytes spoken_from(std::size_t position) const {
    return {spoken.begin() + static_cast<std::ptrdiff_t>(position), spoken.end()};
  }

  std::shared_ptr<audio_path> path = std::make_shared<audio_path>();
  probe<call_actor> call = spawn_probe<actor_kind::call, call_actor>();
  probe<dialogue_actor> dialogue = spawn_probe<actor_kind::dialogue, dialogue_actor>();
  scribe_actor actor;
  bytes spoken;
  unsigned last_frame = 0;
};

}  // namespace tandem::test
