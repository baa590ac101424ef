#pragma once

#include "protocols/audio/g711.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/engine_process.hpp"
#include "tests/lab/engine_view.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/speech_server.hpp"
#include "tests/lab/synthesis.hpp"
#include "tests/temporary_folder.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::test {

/// How many calls a test may place at once: sanitizers make everything several times as dear.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::size_t many_calls = 40;
#else
inline constexpr std::size_t many_calls = 200;
#endif

inline constexpr auto patience = std::chrono::seconds(60);

/// Whether tests that take minutes with sanitizers are left out: tests/nightly sets TANDEM_TEST_LONG.
inline bool leaves_out_long() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::getenv("TANDEM_TEST_LONG") == nullptr;
#else
  return false;
#endif
}

/// A number that a longer run (tests/nightly) sets from outside.
inline std::size_t wanted(const char* variable, std::size_t otherwise) {
  const auto* text = std::getenv(variable);
  const auto number = text == nullptr ? 0 : std::strtoul(text, nullptr, 10);
  return number == 0 ? otherwise : number;
}

/// What Scribe was sent, by session.
struct heard_audio {
  std::mutex mutex;
  std::map<std::uint64_t, std::vector<std::uint8_t>> sessions;
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;

  bool empty() {
    std::lock_guard guard(mutex);
    return sessions.empty();
  }
};

/// What the synthesiser was asked to speak, by socket.
struct asked_texts {
  std::mutex mutex;
  std::map<std::uint64_t, std::string> sockets;
  /// Of all of them, but for the blank that ends each piece.
  std::uint64_t characters = 0;
};

/// The real engine as a process, with the lab's speech server and carrier around it, on loopback.
class running_engine {
 public:
  struct options {
    std::vector<std::string> flags;
    std::vector<std::string> transcripts = {"hello there"};
    /// Without: every call is a bare stream on the fixed token.
    bool call_control = false;
    std::size_t lab_threads = 1;
    /// A file that has limits and whatever else flags do not give.
    std::string configuration;
    /// What the carrier's API wants to be given.
    std::string carrier_key = "test";
    /// Starts the engine in place of this test, given its program and arguments.
    std::string wrapper{};
    /// What Scribe hears with, in place of the transcripts.
    std::shared_ptr<lab::recogniser> ears = nullptr;
    /// When given, Scribe really recognises what is made of the words of these, and a voice speaks the
    /// replies.
    std::vector<std::string> phrases{};
    /// PEM files for 127.0.0.1, which this process trusts: the engine and its providers speak TLS alone, all
    /// but the carrier's API.
    std::string certificate{};
    std::string key{};
    /// Changes how the carrier behaves.
    std::function<void(lab::carrier_options&)> carrier{};
    /// Changes how the speech server behaves.
    std::function<void(lab::speech_server_options&)> speech{};
  };

  explicit running_engine(options wanted)
      : secure(wanted.certificate.empty() ? "" : "s"),
        loops(wanted.lab_threads),
        speech(loops.all(), speech_options(wanted)),
        telnyx(loops.first(), line(wanted)) {
    speech.start();
    telnyx.start();
    auto address = "127.0.0.1:" + std::to_string(carrier_side.number());
    auto provider = "ws" + secure + "://127.0.0.1:" + std::to_string(speech.port());
    std::vector<std::string> flags{
        "--server.listen=" + address,
        "--server.admin_listen=127.0.0.1:0",
        "--server.public_url=http" + secure + "://" + address,
        "--server.threads=2",
        "--server.drain_seconds=30",
        "--telnyx.api_url=http://127.0.0.1:" + std::to_string(telnyx.port()) + "/v2",
        "--telnyx.api_key=" + wanted.carrier_key,
        "--telnyx.stream_token=fixed-token-of-the-test",
        "--telnyx.public_key=" + telnyx.public_key(),
        "--elevenlabs.api_key=test",
        "--scribe.url=" + provider + "/v1/speech-to-text/realtime",
        "--speech.url=" + provider + "/v1/text-to-speech",
        "--speech.voice=rms",
        "--agent.kind=echo",
        "--store.url=sqlite:" + (folder / "tandem.db"),
        "--cluster.node=test",
        // Only tests of admission want calls refused.
        "--limits.calls_per_second=100000",
        "--limits.loop_lag_ms=60000",
        wanted.configuration.empty() ? "--limits.max_calls=" + std::to_string(many_calls)
                                     : "--config=" + wanted.configuration,
    };
    if (!secure.empty()) {
      flags.push_back("--server.tls_certificate=" + wanted.certificate);
      flags.push_back("--server.tls_key=" + wanted.key);
    }
    // The last one of several wins.
    flags.insert(flags.end(), wanted.flags.begin(), wanted.flags.end());
    flags_ = std::move(flags);
    // A longer run looks at the engine through another program.
    const auto* around = std::getenv("TANDEM_TEST_WRAPPER");
    wrapper_ = wanted.wrapper.empty() && around != nullptr ? around : wanted.wrapper;
    start_again();
  }

  /// Starts the engine, for another time when it has ended, with these flags as well.
  void start_again(const std::vector<std::string>& more = {}) {
    engine.reset();
    auto flags = flags_;
    flags.insert(flags.end(), more.begin(), more.end());
    engine = std::make_unique<lab::engine_process>(lab::engine_program(), flags, "system-test-engine.log",
                                                   wrapper_);
    REQUIRE(engine->wait_ready(std::chrono::seconds(30)));
    view = std::make_unique<lab::engine_view>(
        loops, "http" + secure + "://127.0.0.1:" + std::to_string(engine->admin_port()));
  }

  /// Places a call; the future is ready when it is over. The person must live until then.
  std::future<lab::call_outcome> place(lab::person& who, telnyx::codec codec = telnyx::codec::pcmu) {
    auto over = std::make_shared<std::promise<lab::call_outcome>>();
    loops.run([&] {
      telnyx.place("+13125550100", "+13125550142", codec, who,
                   [over](const lab::call_outcome& how) { over->set_value(how); });
    });
    return over->get_future();
  }

  /// What the calls that ended have left in the engine; empty when nothing.
  std::vector<std::string> left() {
    return lab::left_behind(view->idle_metrics(std::chrono::duration_cast<std::chrono::seconds>(patience)));
  }

  std::uint16_t port() const { return carrier_side.number(); }

  /// What stands behind `http` and `ws`: `s` over TLS.
  std::string secure;
  temporary_folder folder;
  heard_audio heard;
  asked_texts asked;
  lab::lab_loops loops;
  lab::reserved_port carrier_side;
  lab::speech_server speech;
  lab::carrier telnyx;
  std::unique_ptr<lab::engine_process> engine;
  std::unique_ptr<lab::engine_view> view;

 private:
  std::vector<std::string> flags_;
  std::string wrapper_;

  lab::speech_server_options speech_options(const options& wanted) {
    lab::speech_server_options out;
    out.tls_certificate = wanted.certificate;
    out.tls_key = wanted.key;
    out.synthetic = wanted.phrases.empty();
    out.transcripts = wanted.transcripts;
    out.ears = wanted.ears;
    out.phrases = wanted.phrases;
    out.heard = [this](std::uint64_t session, std::span<const std::uint8_t> audio) {
      std::lock_guard guard(heard.mutex);
      auto& all = heard.sessions[session];
      all.insert(all.end(), audio.begin(), audio.end());
      ++heard.chunks;
      heard.bytes += audio.size();
    };
    out.asked = [this](std::uint64_t socket, std::string_view text) {
      if (text.find_first_not_of(' ') == std::string_view::npos) return;
      std::lock_guard guard(asked.mutex);
      asked.sockets[socket] += text;
      if (text.ends_with(' ')) text.remove_suffix(1);
      asked.characters += lab::characters_of(text).size();
    };
    if (wanted.speech) wanted.speech(out);
    return out;
  }

  lab::carrier_options line(const options& wanted) const {
    auto address = "127.0.0.1:" + std::to_string(carrier_side.number());
    lab::carrier_options out;
    out.api_key = wanted.carrier_key;
    if (wanted.call_control) out.webhook_url = "http" + secure + "://" + address + "/telnyx/webhooks";
    out.media_url = "ws" + secure + "://" + address + "/telnyx/media/fixed-token-of-the-test";
    if (wanted.carrier) wanted.carrier(out);
    return out;
  }
};

/// What a caller says, in the codec of the line: real speech, since mere noise is no voice.
inline const std::vector<std::uint8_t>& known_speech(telnyx::codec codec) {
  auto encoded = [](auto encode) {
    auto spoken = lab::make_flite_voice("slt")->speak("I would like a table for two.", 8000);
    std::vector<std::uint8_t> bytes(spoken.samples.size());
    encode(spoken.samples, bytes);
    return bytes;
  };
  static const auto ulaw = encoded(g711::encode_ulaw);
  static const auto alaw = encoded(g711::encode_alaw);
  return codec == telnyx::codec::pcma ? alaw : ulaw;
}

/// A caller who speaks after half a second, keeps everything that is heard, and hangs up after the reply.
class known_caller final : public lab::person {
 public:
  explicit known_caller(telnyx::codec codec)
      : silence_(codec == telnyx::codec::pcma ? g711::alaw_silence : g711::ulaw_silence),
        speech_(known_speech(codec)) {}

  void speak(moment now, lab::frame& out) override {
    if (!began_) began_ = now;
    out.fill(silence_);
    if (frames_++ < 25) return;
    auto count = std::min(out.size(), speech_.size() - said_);
    std::copy_n(speech_.begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
    said_ += count;
  }

  void hear(moment now, const lab::frame& heard_frame, bool is_audio) override {
    if (!is_audio) return;
    heard.insert(heard.end(), heard_frame.begin(), heard_frame.end());
    heard_last_ = now;
  }

  bool hangs_up(moment now) override {
    if (heard_last_) return now - *heard_last_ >= std::chrono::seconds(1);
    return began_ && now - *began_ >= std::chrono::seconds(30);
  }

  std::vector<std::uint8_t> heard;

 private:
  std::uint8_t silence_;
  const std::vector<std::uint8_t>& speech_;
  std::size_t said_ = 0;
  std::size_t frames_ = 0;
  std::optional<moment> began_;
  std::optional<moment> heard_last_;
};

}  // namespace tandem::test
