// The same messages as an echo call of the engine, by callbacks alone: no actor, no turns, no ledger, no
// limits, nothing that survives a fault. What the engine costs beyond this is the price of all that.

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/network/network_client.hpp"
#include "protocols/audio/pacing.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/telnyx/media.hpp"
#include "tests/lab/lab_loop.hpp"

#include <csignal>
#include <cstdio>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t bytes_per_ms = 8;
constexpr std::size_t chunk_bytes = 100 * bytes_per_ms;
constexpr auto endpoint = 500ms;

struct provider : link_events {
  std::function<void(std::span<char>)> read;
  void on_text(std::span<char> text) override { read(text); }
  void on_closed(const link_closed&) override {}
};

class relay_call final : public link_events {
 public:
  relay_call(asio_loop& home, std::shared_ptr<link> carrier, link_connector& network,
             const std::string& providers, std::function<void()> over)
      : home_(home), carrier_(std::move(carrier)), over_(std::move(over)) {
    scribe::settings session;
    scribe_ = network.connect(
        home,
        {.to = peer::scribe, .url = providers + "/v1/speech-to-text/realtime?" + scribe::query(session)});
    scribe_events_.read = [this](std::span<char> text) { on_scribe(text); };
    scribe_->start(scribe_events_);
    tts::settings socket;
    socket.voice = "rms";
    speech_ = network.connect(
        home, {.to = peer::speech, .url = providers + "/v1/text-to-speech" + tts::target(socket)});
    speech_events_.read = [this](std::span<char> text) { on_speech(text); };
    speech_->start(speech_events_);
    carrier_->start(*this);
  }

  void on_text(std::span<char> text) override {
    auto event = telnyx::decode_event(text);
    if (!event) return;
    auto* media = std::get_if<telnyx::media>(&*event);
    if (!media) return;
    for (const auto& change : voice_.feed_ulaw(position_, media->payload)) {
      if (change.what == voice_change::kind::ended) {
        endpoint_ = home_.at(home_.now() + endpoint, [this] { commit(); });
      } else {
        endpoint_.cancel();
      }
    }
    position_ += media->payload.size();
    upstream_.insert(upstream_.end(), media->payload.begin(), media->payload.end());
    if (upstream_.size() >= chunk_bytes && started_) send_chunk(false);
  }

  void on_closed(const link_closed&) override { over_(); }

 private:
  void send_chunk(bool commit) {
    out_.clear();
    scribe::append_audio_chunk(out_, upstream_, commit, 8000);
    scribe_->send(out_);
    upstream_.clear();
  }

  void commit() { send_chunk(true); }

  void on_scribe(std::span<char> text) {
    auto message = scribe::decode_message(text);
    if (!message) return;
    if (std::holds_alternative<scribe::session_started>(*message)) started_ = true;
    auto* heard = std::get_if<scribe::committed>(&*message);
    if (!heard || heard->text.empty()) return;
    auto context = std::to_string(++turn_);
    out_.clear();
    tts::append_open_context(out_, context);
    speech_->send(out_);
    out_.clear();
    tts::append_text(out_, context, std::string(heard->text) + " ", true);
    speech_->send(out_);
    pace_.begin_turn();
    word_ends_.clear();
    received_ = 0;
  }

  void on_speech(std::span<char> text) {
    auto message = tts::decode_message(text);
    if (!message) return;
    auto* spoken = std::get_if<tts::output>(&*message);
    if (!spoken || spoken->audio.empty()) return;
    for (const auto& each : spoken->alignment) {
      if (each.text.find(' ') == std::string_view::npos) continue;
      word_ends_.push_back(received_ + (std::uint64_t{each.start_ms} + each.duration_ms) * bytes_per_ms);
    }
    received_ += spoken->audio.size();
    pace_.append(spoken->audio);
    if (spoken->is_final) pace_.finish();
    play();
  }

  void play() {
    while (const auto sent = pace_.take(chunk_, home_.now())) {
      out_.clear();
      telnyx::append_media(out_, chunk_);
      carrier_->send(out_);
      mark(*sent);
    }
    if (auto due = pace_.wake_up()) due_ = home_.at(*due, [this] { play(); });
  }

  /// Asks for a mark behind each word, and behind the turn.
  void mark(const pacing::chunk& sent) {
    bool due = sent.last;
    for (; !word_ends_.empty() && word_ends_.front() <= sent.end; word_ends_.pop_front()) due = true;
    if (!due) return;
    out_.clear();
    telnyx::append_mark(out_, std::to_string(turn_) + "." + std::to_string(sent.end));
    carrier_->send(out_);
  }

  asio_loop& home_;
  std::shared_ptr<link> carrier_;
  std::function<void()> over_;
  provider scribe_events_;
  provider speech_events_;
  std::unique_ptr<link> scribe_;
  std::unique_ptr<link> speech_;
  voice_activity voice_;
  std::uint64_t position_ = 0;
  std::vector<std::uint8_t> upstream_;
  pacing pace_{pacing::settings{}};
  std::deque<std::uint64_t> word_ends_;
  std::uint64_t received_ = 0;
  std::vector<std::uint8_t> chunk_;
  std::string out_;
  timer endpoint_;
  timer due_;
  bool started_ = false;
  unsigned turn_ = 0;
};

int run(const std::string& providers) {
  lab::lab_loops loops;
  auto network = make_link_connector();
  std::map<std::uint64_t, std::unique_ptr<relay_call>> calls;
  std::uint64_t last = 0;
  auto& home = loops.first();
  auto over = [&](std::uint64_t which) { home.post([&calls, which] { calls.erase(which); }); };
  auto admit = [&](std::unique_ptr<upgrade> door) {
    door->accept(home, {}, [&](std::shared_ptr<link> carrier) {
      if (!carrier) return;
      auto which = ++last;
      calls[which] = std::make_unique<relay_call>(home, std::move(carrier), *network, providers,
                                                  [&over, which] { over(which); });
    });
  };
  http_server server(
      loops.all(), {},
      {.on_request = [](server_request, respond answer) { answer({.status = 404}); }, .on_upgrade = admit});
  server.start();
  std::printf("engine listening carrier=127.0.0.1:%u admin=127.0.0.1:0\n", server.port());
  std::fflush(stdout);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  int which = 0;
  sigwait(&stop, &which);
  server.stop();
  loops.run([&] { calls.clear(); });
  return 0;
}

}  // namespace

}  // namespace tandem::bench

/// bench_relay serve PROVIDERS, e.g. ws://127.0.0.1:9000
int main(int count, char** arguments) {
  if (count != 3) return 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  return tandem::bench::run(arguments[2]);
}
