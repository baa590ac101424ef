#pragma once

#include "tests/actors/fake_link.hpp"
#include "tests/actors/test_loop.hpp"
#include "tests/lab/speech_session.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <doctest/doctest.h>

namespace tandem::lab::test_speech {

using namespace std::chrono_literals;

inline constexpr auto plain_target =
    "/v1/text-to-speech/anna/multi-stream-input?output_format=ulaw_8000&auto_mode=true"
    "&sync_alignment=true&inactivity_timeout=30";

/// A session whose client is the test, in virtual time; only the workers run in their own.
struct client {
  explicit client(std::string_view target = plain_target, speech_behaviour how = {})
      : behaviour(std::move(how)) {
    session = std::make_unique<speech_session>(behaviour, *mouth, workers,
                                               std::make_unique<tandem::test::fake_link>(home, peer), "k",
                                               target, [this] { gone = true; });
    home.run();
  }

  ~client() {
    session.reset();
    home.run();
    CHECK(home.armed_timers() == 0);
  }

  void say(std::string_view context, std::string_view text, bool flush = true) {
    std::string out;
    tts::append_text(out, context, text, flush);
    give(out);
  }
  void close(std::string_view context) {
    std::string out;
    tts::append_close_context(out, context);
    give(out);
  }
  void give(const std::string& text) {
    peer->text(text);
    settle();
  }
  void pass(std::chrono::milliseconds time) {
    for (auto end = home.now() + time; home.now() < end;) {
      home.advance(std::min<std::chrono::milliseconds>(
          10ms, std::chrono::duration_cast<std::chrono::milliseconds>(end - home.now())));
      settle();
    }
  }
  /// Lets the workers finish, and what they make ready.
  void settle() {
    home.run();
    workers.settle();
    home.run();
  }

  struct heard {
    std::vector<std::uint8_t> audio;
    std::string text;
    std::string normalized;
    std::size_t messages = 0;
    std::size_t aligned = 0;
    std::size_t flushes = 0;
    bool final = false;
    bool times_fit = true;
  };

  /// All that came for a context.
  heard of(std::string_view context) {
    heard all;
    for (auto copy : peer->sent) {
      auto decoded = tts::decode_message(copy);
      REQUIRE(decoded);
      if (auto* done = std::get_if<tts::flush_done>(&*decoded)) all.flushes += done->context == context;
      auto* output = std::get_if<tts::output>(&*decoded);
      if (!output || output->context != context) continue;
      CHECK_FALSE(all.final);
      all.final = output->is_final;
      if (output->audio.empty()) continue;
      ++all.messages;
      all.audio.insert(all.audio.end(), output->audio.begin(), output->audio.end());
      all.aligned += !output->alignment.empty();
      for (const auto& piece : output->alignment) {
        all.text += piece.text;
        if (piece.start_ms + piece.duration_ms > output->audio.size() / 8) all.times_fit = false;
      }
      for (const auto& piece : output->normalized_alignment) all.normalized += piece.text;
    }
    return all;
  }

  bool failed_with(std::string_view code) {
    if (peer->sent.empty() || peer->closed_with != 1008) return false;
    auto copy = peer->sent.back();
    auto decoded = tts::decode_message(copy);
    auto* error = decoded ? std::get_if<tts::error>(&*decoded) : nullptr;
    return error && error->code_text == code && error->close_code == 1008;
  }

  /// What the voice makes of these sentences, as sent.
  std::vector<std::uint8_t> sound(std::initializer_list<std::string_view> sentences) {
    std::vector<std::uint8_t> all;
    for (auto sentence : sentences) {
      auto bytes = encode_sound({}, mouth->speak(sentence, 8000).samples);
      all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
  }

  speech_behaviour behaviour;
  std::unique_ptr<voice> mouth = make_synthetic_voice(50);
  caf::actor_system_config config;
  caf::actor_system system{config};
  tandem::test::test_loop home{system};
  worker_pool workers{1};
  std::shared_ptr<tandem::test::fake_peer> peer = std::make_shared<tandem::test::fake_peer>();
  bool gone = false;
  std::unique_ptr<speech_session> session;
};

}  // namespace tandem::lab::test_speech
