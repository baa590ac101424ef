#pragma once

#include "actors/runtime/loop.hpp"
#include "protocols/elevenlabs/speech_stream_server.hpp"
#include "tests/lab/sound_format.hpp"
#include "tests/lab/synthesis.hpp"
#include "tests/lab/worker_pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// How the lab's text to speech behaves.
struct speech_behaviour {
  /// From a text that is whole to its first audio, at least.
  std::chrono::milliseconds first_audio{120};
  /// Audio in one message, and how many times faster than real time messages follow each other.
  std::chrono::milliseconds message{250};
  unsigned pace = 4;
  /// A context that is closed before its first audio stays silent, as happens to the real one now and then.
  bool silent_close = false;
  /// Characters that one context may have waiting.
  std::size_t text_bound = 64 * 1024;
  tts::spelling spelling = tts::spelling::camel_case;
  /// The key it wants; empty = any.
  std::string api_key;
};

/// What the contexts of one socket share; it outlives them.
struct speech_socket {
  const speech_behaviour& behaviour;
  voice& mouth;
  worker_pool& workers;
  loop& home;
  tts::settings settings;
  sound_format format;
  /// Sends one message; false when nothing more should come until `resume`.
  std::function<bool(std::string_view)> send;
};

/// One context of a text-to-speech socket: text in, audio messages and the final one out. Lives on the
/// socket's loop; what it asks of the workers is one sentence at a time.
class speech_context {
 public:
  /// `ended` is called once, behind the final message, from inside of the context.
  speech_context(std::string id, const speech_socket& socket, std::function<void()> ended);
  ~speech_context() { *open_ = false; }
  speech_context(const speech_context&) = delete;

  /// Takes text that follows what came before; false when too much waits. Ignored once closing.
  bool add(std::string_view text);

  /// Has everything spoken that waits.
  void flush();

  /// Forgets what was not flushed; the final message follows the audio of the rest.
  void close();

  /// The socket can take messages again.
  void resume();

  bool closing() const { return closing_; }
  bool ended() const { return has_ended_; }

  /// The settings of the voice that it was opened with.
  tts::voice_settings voice;
  /// When the client last spoke of it.
  moment last_input;

 private:
  /// A sentence to speak, or the end of a flush.
  struct order {
    std::string text;
    bool flushed = false;
  };
  /// What a worker made of an order.
  struct sound {
    std::vector<std::uint8_t> bytes;
    std::vector<spoken_character> characters;
    bool flushed = false;
  };

  void order_text(std::string text);
  void order_whole_sentences();
  void order_scheduled();
  void speak_next();
  void pump();
  void send_message();
  void finish_sound();
  std::uint32_t milliseconds(std::size_t bytes) const;

  const std::string id_;
  const speech_socket& socket_;
  std::function<void()> ended_;
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
  std::string buffered_;
  std::size_t ordered_characters_ = 0;
  std::size_t generation_ = 0;
  std::deque<order> orders_;
  bool speaking_ = false;
  std::optional<sound> next_;
  std::optional<sound> current_;
  std::size_t sent_bytes_ = 0;
  std::size_t sent_characters_ = 0;
  bool audible_ = false;
  bool normalized_started_ = false;
  bool held_ = false;
  bool closing_ = false;
  bool has_ended_ = false;
  moment next_message_;
  timer pacing_;
  timer retry_;
  std::string out_;
};

}  // namespace tandem::lab
