#include "tests/actors/scribe_fixture.hpp"

#include "protocols/base64.hpp"

namespace tandem::test {

scribe_fixture::scribe_fixture() { spawn(); }

scribe_fixture::~scribe_fixture() = default;

void scribe_fixture::spawn() {
  actor = owned(spawn_scribe(host, call.handle, dialogue.handle, path, settings, shared));
  host.run();
}

void scribe_fixture::open_session() {
  peer().open();
  say(scribe::session_started{"s", {}, {}, {}, {}, {}});
}

void scribe_fixture::say(const scribe::server_message& message) {
  std::string text;
  scribe::append_message(text, message);
  peer().text(text);
  host.run();
}

void scribe_fixture::speak(std::size_t count) {
  for (; count != 0; --count) {
    const bytes frame(160, static_cast<std::uint8_t>(++last_frame));
    spoken.insert(spoken.end(), frame.begin(), frame.end());
    REQUIRE(path->recogniser != nullptr);
    path->recogniser->caller_audio(frame, host.now());
    host.advance(20ms);
  }
}

heard_chunk scribe_fixture::decode(std::string text) {
  const auto size = text.size();
  text.push_back('\0');
  const auto chunk = scribe::decode_chunk({text.data(), size});
  REQUIRE(chunk);
  CHECK(chunk->sample_rate == 8000);
  heard_chunk heard{bytes(base64::decoded_bound(chunk->audio_base64.size())), chunk->commit,
                    chunk->previous_text ? std::optional(std::string(*chunk->previous_text)) : std::nullopt};
  const auto length = base64::decode(chunk->audio_base64, heard.audio);
  REQUIRE(length);
  heard.audio.resize(*length);
  return heard;
}

std::vector<heard_chunk> scribe_fixture::sent_to(const fake_peer& peer) {
  std::vector<heard_chunk> all;
  for (const auto& text : peer.sent) all.push_back(decode(text));
  return all;
}

bytes scribe_fixture::audio_of(const fake_peer& peer) {
  bytes all;
  for (const auto& each : sent_to(peer)) all.insert(all.end(), each.audio.begin(), each.audio.end());
  return all;
}

std::size_t scribe_fixture::commits_in(const fake_peer& peer) {
  std::size_t count = 0;
  for (const auto& each : sent_to(peer)) count += each.commit;
  return count;
}

}  // namespace tandem::test
