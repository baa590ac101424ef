#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/loop.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "protocols/elevenlabs/scribe_server.hpp"
#include "tests/lab/recognition.hpp"
#include "tests/lab/sound_format.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// How the lab's Scribe behaves; the times are those that were seen of the real one.
struct scribe_behaviour {
  std::chrono::milliseconds session_started{200};
  /// In audio: before the first guess of a session, and between guesses.
  std::chrono::milliseconds first_partial{2000};
  std::chrono::milliseconds next_partial{1000};
  /// A committed transcript comes so long after its commit, and up to `commit_spread` later.
  std::chrono::milliseconds commit_delay{210};
  std::chrono::milliseconds commit_spread{90};
  std::chrono::milliseconds timestamps_delay{15};
  /// Every so many commits the text comes once more as a partial, as the real one does at times; 0 = never.
  unsigned echo_every = 4;
  /// In audio.
  std::chrono::milliseconds shortest_commit{300};
  std::chrono::milliseconds longest_segment{36500};
  std::chrono::milliseconds throttle_delay{180};
  std::chrono::milliseconds idle{15700};
  /// For the recogniser; beyond it the session fails with `transcriber_error`.
  std::chrono::milliseconds patience{5000};
  scribe::config_spelling spelling = scribe::config_spelling::live;
  /// The key it wants; empty = any.
  std::string api_key;
};

/// One client of the lab's Scribe, from the accepted upgrade to the close. Lives on its link's loop.
class scribe_session final : public link_events {
 public:
  /// `key` is the client's `xi-api-key`, `query` the target's; `heard` gets the audio bytes as they come;
  /// `gone` is called once when the connection has ended, from inside of the session.
  scribe_session(const scribe_behaviour& behaviour, recogniser& ears, std::shared_ptr<link> client,
                 std::string_view key, std::string_view query,
                 std::function<void(std::span<const std::uint8_t>)> heard, std::function<void()> gone);

  /// Fails with an error of this type, and closes.
  void break_off(std::string_view type);

 private:
  struct commitment {
    moment due;
    std::optional<heard> text;
  };

  void on_text(std::span<char> text) override;
  void on_closed(const link_closed& how) override;

  void begin(std::string_view key, std::string_view query);
  void hear(std::span<const std::uint8_t> audio);
  void guess();
  void commit();
  void deliver();
  void send_committed(const heard& what);
  void send_stamped();
  void watch_recogniser();
  void wait_for_client();
  void send(const scribe::server_message& message);
  void fail(scribe::error_type type, std::string_view text, std::uint16_t code = 1000,
            std::string_view reason = {});
  std::chrono::milliseconds length(std::uint64_t samples) const;

  const scribe_behaviour& behaviour_;
  recogniser& ears_;
  std::shared_ptr<link> client_;
  loop& home_;
  std::function<void(std::span<const std::uint8_t>)> heard_;
  std::function<void()> gone_;
  scribe::settings settings_;
  sound_format format_;
  bool failed_ = false;
  bool chunk_came_ = false;
  std::uint64_t samples_ = 0;
  std::uint64_t segment_start_ = 0;
  std::uint64_t next_guess_ = 0;
  unsigned segment_ = 0;
  std::string last_partial_;
  std::optional<voice_activity> voices_;
  bool spoken_ = false;
  std::uint64_t spoken_end_ = 0;
  std::unique_ptr<recognition> recognition_;
  std::deque<commitment> commitments_;
  std::vector<heard> unstamped_;
  std::string out_;
  timer start_;
  timer idle_;
  timer due_;
  timer patience_;
  timer stamped_;
  timer echo_;
  timer throttle_;
};

}  // namespace tandem::lab
