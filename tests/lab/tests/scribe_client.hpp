#pragma once

#include "protocols/elevenlabs/scribe.hpp"
#include "tests/actors/fake_link.hpp"
#include "tests/actors/test_loop.hpp"
#include "tests/lab/scribe_session.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <doctest/doctest.h>

namespace tandem::lab::test_scribe {

using namespace std::chrono_literals;

/// A recogniser that is full, or takes everything and never answers.
struct odd_recogniser : recogniser {
  struct deaf : recognition {
    bool hear(std::span<const std::int16_t>) override { return !overflowing; }
    void guess(answer) override {}
    void conclude(answer) override {}
    bool overflowing = false;
  };

  std::unique_ptr<recognition> open(unsigned, post_function) override {
    if (full) return nullptr;
    auto made = std::make_unique<deaf>();
    made->overflowing = overflowing;
    return made;
  }

  bool full = false;
  bool overflowing = false;
};

/// A session whose client is the test, in virtual time.
struct client {
  explicit client(std::string_view query = "audio_format=ulaw_8000", recogniser* other = nullptr) {
    session = std::make_unique<scribe_session>(
        behaviour, other ? *other : *ears, std::make_unique<tandem::test::fake_link>(home, peer), key, query,
        [this](std::span<const std::uint8_t> audio) { audio_bytes += audio.size(); },
        [this] { gone = true; });
    home.run();
  }

  ~client() {
    session.reset();
    home.run();
    CHECK(home.armed_timers() == 0);
    CHECK(peer->dropped);
  }

  void audio(std::chrono::milliseconds length, bool commit = false, std::uint8_t byte = 0x90) {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(length.count()) * 8, byte);
    std::string text;
    scribe::append_audio_chunk(text, bytes, commit, 8000);
    peer->text(text);
    home.run();
  }
  void voice(std::chrono::milliseconds length, bool commit = false) { audio(length, commit); }
  void silence(std::chrono::milliseconds length) { audio(length, false, 0xff); }
  void commit() { audio(0ms, true); }

  /// The n-th message, when it is there and of this kind.
  template <class Message>
  std::optional<Message> message(std::size_t n) {
    if (n >= peer->sent.size()) return std::nullopt;
    copy = peer->sent[n];
    auto decoded = scribe::decode_message(copy);
    if (!decoded || !std::holds_alternative<Message>(*decoded)) return std::nullopt;
    return std::get<Message>(*decoded);
  }

  std::size_t count() const { return peer->sent.size(); }
  bool failed_with(scribe::error_type type, std::uint16_t code) {
    auto last = count() == 0 ? std::nullopt : message<scribe::error>(count() - 1);
    return last && last->type == type && peer->closed_with == code;
  }

  scribe_behaviour behaviour;
  std::string key = "k";
  std::unique_ptr<recogniser> ears = make_scripted_recogniser({"Hello, a table please.", "For four."});
  caf::actor_system_config config;
  caf::actor_system system{config};
  tandem::test::test_loop home{system};
  std::shared_ptr<tandem::test::fake_peer> peer = std::make_shared<tandem::test::fake_peer>();
  std::size_t audio_bytes = 0;
  bool gone = false;
  std::string copy;
  std::unique_ptr<scribe_session> session;
};

}  // namespace tandem::lab::test_scribe
