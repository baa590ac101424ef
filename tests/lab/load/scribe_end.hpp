#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/loop.hpp"
#include "protocols/elevenlabs/scribe_server.hpp"
#include "tests/lab/load/call_facts.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::lab {

struct provider_ward;

/// A text that names a call, so that its reply can be told apart: one word, several times, of which any one
/// is enough.
std::string naming_text(std::uint32_t call, std::uint32_t turn);

/// The call that a piece of such a text names; nothing when no whole word is left.
std::optional<std::uint32_t> named_call(std::string_view text);

/// Which turn of its caller it names.
std::optional<std::uint32_t> named_turn(std::string_view text);

/// The base64 in a client's `input_audio_chunk` and whether it commits, without parsing the rest; nothing
/// when it is not spelled as usual.
std::optional<scribe::audio_chunk> scan_chunk(std::string_view text);

/// One Scribe session of load: knows its call by the first tag, checks every byte, and transcribes voice as a
/// text that names the call. Lives on its link's loop.
class scribe_end final : public link_events {
 public:
  scribe_end(provider_ward& ward, std::shared_ptr<link> client, std::string_view query,
             std::function<void()> gone);
  ~scribe_end();

 private:
  struct answer {
    moment due;
    std::string text;
    std::uint32_t end = 0;  // frames before it are in the text
  };

  void on_text(std::span<char> text) override;
  void on_closed(const link_closed& how) override;

  bool is_newest() const { return call_->scribe_sessions == session_; }
  bool recognise(std::span<const std::uint8_t> audio);
  void hear(std::span<const std::uint8_t> audio);
  void note(const frame_tag& tag);
  std::uint32_t next_guess() const;
  void guess();
  void commit();
  void answer_due();
  void suffer();
  void fail();
  void send(const scribe::server_message& message);

  provider_ward& ward_;
  std::shared_ptr<link> client_;
  std::function<void()> gone_;
  scribe::settings settings_;
  std::shared_ptr<call_facts> call_;
  moment opened_;
  std::uint32_t session_ = 0;  // of the call, from 1
  std::uint32_t chunks_ = 0;
  bool voice_ = false;        // since the last commit
  std::uint32_t voiced_ = 0;  // frames of it
  std::uint32_t silent_ = 0;  // frames since the last voice
  std::uint32_t guessed_at_ = 0;
  bool mute_ = false;
  bool over_ = false;
  std::deque<answer> answers_;
  std::string out_;
  timer start_;
  timer answering_;
  timer stalled_;
};

}  // namespace tandem::lab
