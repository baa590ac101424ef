#pragma once

#include "actors/media/audio_path.hpp"
#include "actors/scribe.hpp"
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
  scribe_fixture();
  ~scribe_fixture();

  void spawn();

  fake_peer& peer() { return *connector.peers.back(); }
  void open_session();
  void say(const scribe::server_message& message);

  /// `count` frames of 20 ms, in real time; each is filled with a number of its own.
  void speak(std::size_t count);

  static heard_chunk decode(std::string text);
  static std::vector<heard_chunk> sent_to(const fake_peer& peer);
  static bytes audio_of(const fake_peer& peer);
  static std::size_t commits_in(const fake_peer& peer);

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
