#include "tests/lab/speech_server.hpp"

#include "gateway/network/network_client.hpp"
#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/sound_format.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::lab;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;

/// A client on a loop of its own thread; the test waits for what comes.
class client final : public link_events {
 public:
  client(lab_loops& loops, std::string url) : loops_(loops) {
    loops_.run([&] {
      link_ = connector_->connect(loops_.first(), {.to = peer::scribe, .url = std::move(url), .headers = {}});
      link_->start(*this);
    });
  }
  ~client() {
    loops_.run([&] { link_.reset(); });
  }

  void send(const std::string& text) {
    loops_.run([&] { link_->send(text); });
  }

  /// The next message; nothing when the connection ended or none came.
  std::optional<std::string> next() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return !texts_.empty() || closed_; });
    if (texts_.empty()) return std::nullopt;
    auto text = std::move(texts_.front());
    texts_.pop_front();
    return text;
  }

  std::optional<link_closed> closed() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return closed_.has_value(); });
    return closed_;
  }

 private:
  void on_text(std::span<char> text) override {
    std::lock_guard lock(mutex_);
    texts_.emplace_back(text.data(), text.size());
    changed_.notify_all();
  }
  void on_closed(const link_closed& how) override {
    std::lock_guard lock(mutex_);
    closed_ = how;
    changed_.notify_all();
  }

  lab_loops& loops_;
  std::unique_ptr<link_connector> connector_ = make_link_connector();
  std::unique_ptr<tandem::link> link_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> texts_;
  std::optional<link_closed> closed_;
};

std::string at(const speech_server& server, const std::string& target) {
  return "ws://127.0.0.1:" + std::to_string(server.port()) + target;
}

constexpr auto scribe_target = "/v1/speech-to-text/realtime?audio_format=ulaw_8000&language_code=en";
constexpr auto speech_target =
    "/v1/text-to-speech/anna/multi-stream-input?output_format=ulaw_8000&auto_mode=true";

/// Has a text spoken; its audio up to the final message.
std::vector<std::uint8_t> spoken(client& one, std::string_view text) {
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
std::string transcribed(client& one, std::span<const std::uint8_t> audio) {
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

speech_server_options synthetic() {
  speech_server_options options;
  options.synthetic = true;
  options.transcripts = {"First.", "Second."};
  return options;
}

}  // namespace

TEST_CASE("what the server speaks, it understands: the whole way over both sockets") {
  lab_loops loops(2);
  speech_server_options options;
  options.phrases = {"I would like a table on Friday.", "At half past seven please.", "We are four people."};
  options.voice = "awb";
  speech_server server(loops.all(), options);
  server.start();
  client mouth(loops, at(server, speech_target));
  auto audio = spoken(mouth, "At half past seven please. ");
  REQUIRE(audio.size() > 8000);
  client named(
      loops, at(server, "/v1/text-to-speech/slt/multi-stream-input?output_format=ulaw_8000&auto_mode=true"));
  CHECK(spoken(named, "At half past seven please. ").size() != audio.size());
  audio.resize(audio.size() + 4000, 0xff);
  client ear(loops, at(server, scribe_target));
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
  client mouth(loops, at(server, speech_target));
  auto audio = spoken(mouth, "Hello. ");
  CHECK(audio == encode_sound({}, make_synthetic_voice()->speak("Hello. ", 8000).samples));
  client ear(loops, at(server, scribe_target));
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
  client lost(loops, at(server, "/v1/text-to-speech/anna/stream-input"));
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
  client stranger(loops, at(server, scribe_target));
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
  auto one = std::make_unique<client>(loops, at(*server, scribe_target));
  client other(loops, at(*server, speech_target));
  REQUIRE(one->next());
  CHECK(becomes(2));
  one.reset();
  CHECK(becomes(1));
  server.reset();
  CHECK(other.closed());
}
