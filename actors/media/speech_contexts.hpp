#pragma once

#include "actors/runtime/link.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/moment.hpp"
#include "protocols/providers/synthesiser.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// The contexts of one text-to-speech socket: one that speaks the present turn, and cancelled ones whose
/// slots the server has not freed. Without a timer: its owner calls `tick` at `wake_up`.
class speech_contexts {
 public:
  /// A fresh socket, on which this is spoken from now on: contexts of a former one are forgotten.
  void socket_opened(const synthesiser_protocol& protocol, moment now);

  /// The socket is gone, and with it all contexts.
  void socket_lost();

  /// Whether the server would take one more context.
  bool has_room(moment now);

  /// Opens a context for a turn, under a name that no context of the call had before; the present one must be
  /// closed.
  void open(link& socket, std::uint32_t turn, moment now);

  /// Whether there is a context that can still give audio.
  bool is_open() const { return present_.has_value(); }

  /// Has whole words spoken now.
  void say(link& socket, std::string_view text, moment now);

  /// No more text: closes the context, but only behind its first audio, for before it the server may forget
  /// to speak.
  void finish(link& socket, moment now);

  /// Closes the context at once; its audio is dropped from now on.
  void cancel(link& socket, moment now);

  /// Takes note of a message; true when it belongs to the present context.
  bool take(link& socket, const tts::output& message, moment now);

  /// Whether the present context has given audio.
  bool has_spoken() const { return present_ && present_->spoken; }

  /// When the present context was last given text or gave audio.
  moment last_news() const { return news_; }

  /// What is awaited is to be awaited anew from now on.
  void wait_anew(moment now) { news_ = now; }

  /// Keeps socket and context alive.
  void tick(link& socket, moment now);
  moment wake_up() const;

 private:
  struct context {
    std::string name;
    bool spoken = false;
    bool finished = false;
    bool closed = false;
  };
  struct cancelled {
    std::string name;
    moment forgotten_at;
  };

  void close_when_due(link& socket, moment now);
  void send(link& socket, moment now);

  const synthesiser_protocol* protocol_ = nullptr;  // of the socket, once there is one
  synthesiser_rules rules_;
  std::optional<context> present_;
  std::vector<cancelled> cancelled_;
  std::uint64_t opened_ = 0;
  moment news_{};
  moment sent_{};
  std::string message_;
};

}  // namespace tandem
