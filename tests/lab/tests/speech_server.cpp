#include "tests/lab/speech_server.hpp"

#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/sound_format.hpp"
#include "tests/lab/tests/socket_client.hpp"

#include <chrono>
#include <mutex>
#include <thread>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::lab;
using namespace std::chrono_literals;

namespace {

/// Has a text spoken; its audio up to the final message.
std::vector<std::uint8_t> spoken(socket_client& one, std::string_view text) {
  std::string out;
  tts::append_text(out, "t1", text, true);
  one.send(out);
  out.clear();
  tts::append_close_context(out, "t1");
  one.send(out);
  std::vector<std::uint8_t> audio;
  while (auto message = one.next()) {
    auto decoded = tts::decode_message(*message);
    REQUIRE(decoded);
    auto* output = std::get_if<tts::output>(&*decoded);
    if (!output) continue;
    audio.insert(audio.end(), output->audio.begin(), output->audio.end());
    if (output->is_final) return audio;
  }
  FAIL("no final message came");
  return audio;
}

/// Has audio transcribed in chunks of 100 ms; the committed text.
std::string transcribed(socket_client& one, std::span<const std::uint8_t> audio) {
  while (!audio.empty()) {
    auto chunk = audio.first(std::min<std::size_t>(800, audio.size()));
    audio = audio.subspan(chunk.size());
    std::string out;
    scribe::append_audio_chunk(out, chunk, audio.empty(), 8000);
    one.send(out);
  }
  while (auto message = one.next()) {
    auto decoded = scribe::decode_message(*message);
    REQUIRE(decoded);
    if (auto* done = std::get_if<scribe::committed>(&*decoded)) return std::string(done->text);
  }
  FAIL("no committed transcript came");
  return {};
}

}  // namespace

TEST_CASE("what the server speaks, it understands: the whole way over both sockets") {
  lab_loops loops(2);
  speech_server_options options;
  options.phrases = {"I would like a table on Friday.", "At half past seven please.", "We are four people."};
  options.voice = "awb";
  speech_server server(loops.all(), options);
  server.start();
  socket_client mouth(loops, at(server, speech_target));
  auto audio = spoken(mouth, "At half past seven please. ");
  REQUIRE(audio.size() > 8000);
  socket_client named(
      loops, at(server, "/v1/text-to-speech/slt/multi-stream-input?output_format=ulaw_8000&auto_mode=true"));
  CHECK(spoken(named, "At half past seven please. ").size() != audio.size());
  audio.resize(audio.size() + 4000, 0xff);
  socket_client ear(loops, at(server, scribe_target));
  CHECK(transcribed(ear, audio) == "At half past seven please.");
}

TEST_CASE("synthetic engines answer over the sockets, and audio arrives unchanged") {
  lab_loops loops;
  std::mutex mutex;
  std::vector<std::uint8_t> arrived;
  auto options = synthetic();
  options.heard = [&](std::uint64_t, std::span<const std::uint8_t> audio) {
    std::lock_guard lock(mutex);
    arrived.insert(arrived.end(), audio.begin(), audio.end());
  };
  speech_server server(loops.all(), options);
  server.start();
  socket_client mouth(loops, at(server, speech_target));
  auto audio = spoken(mouth, "Hello. ");
  CHECK(audio == encode_sound({}, make_synthetic_voice()->speak("Hello. ", 8000).samples));
  socket_client ear(loops, at(server, scribe_target));
  CHECK(transcribed(ear, audio) == "First.");
  CHECK(transcribed(ear, audio) == "Second.");
  auto twice = audio;
  twice.insert(twice.end(), audio.begin(), audio.end());
  std::lock_guard lock(mutex);
  CHECK(arrived == twice);
}

TEST_CASE("other paths are not found") {
  lab_loops loops;
  speech_server server(loops.all(), synthetic());
  server.start();
  socket_client lost(loops, at(server, "/v1/text-to-speech/anna/stream-input"));
  auto how = lost.closed();
  REQUIRE(how);
  CHECK(how->http_status == 404);
}

TEST_CASE("a wrong key is refused after the upgrade") {
  lab_loops loops;
  auto options = synthetic();
  options.scribe.api_key = "secret";
  speech_server server(loops.all(), options);
  server.start();
  socket_client stranger(loops, at(server, scribe_target));
  auto message = stranger.next();
  REQUIRE(message);
  CHECK(message->find("auth_error") != std::string::npos);
  auto how = stranger.closed();
  REQUIRE(how);
  CHECK(how->code == 1000);
  CHECK(how->was_open);
}

TEST_CASE("clients are counted, leave when they drop, and are dropped with the server") {
  lab_loops loops(2);
  auto server = std::make_unique<speech_server>(loops.all(), synthetic());
  server->start();
  auto becomes = [&](std::size_t count) {
    auto deadline = std::chrono::steady_clock::now() + patience;
    while (server->clients() != count && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    return server->clients() == count;
  };
  auto one = std::make_unique<socket_client>(loops, at(*server, scribe_target));
  socket_client other(loops, at(*server, speech_target));
  REQUIRE(one->next());
  CHECK(becomes(2));
  one.reset();
  CHECK(becomes(1));
  server.reset();
  CHECK(other.closed());
}
