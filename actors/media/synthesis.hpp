#pragma once

#include "actors/media/provider_link.hpp"
#include "actors/media/speech_contexts.hpp"
#include "actors/runtime/link.hpp"
#include "protocols/audio/whole_samples.hpp"
#include "protocols/conversation/heard_ledger.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/moment.hpp"
#include "protocols/providers/synthesiser.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

class loop;
class speech_spares;
struct call_settings;
struct services;

/// Hears what became of a turn's text, and of the provider.
class synthesis_events {
 public:
  /// Whole samples of the turn in the call's `spoken_format`, with the alignment of that message.
  virtual void audio_arrived(std::span<const std::uint8_t> audio,
                             std::span<const tts::aligned_text> alignment) = 0;

  /// The rest of the turn is spoken anew from its first word that has not all its audio; behind `settled`
  /// bytes of audio there may be a part of that word.
  virtual void word_repeated(std::uint64_t settled) = 0;

  /// All audio of the turn is there.
  virtual void all_arrived() = 0;

  /// The rest of the turn cannot be spoken.
  virtual void cannot_speak(std::string_view why) = 0;

  /// So many characters of text were given to the provider.
  virtual void text_charged(std::size_t characters) = 0;

  /// The provider, by its place in the order, is there again, or stands in.
  virtual void provider_returned(std::size_t provider, provider_link::arrival how) = 0;

  /// No turn can be spoken any more.
  virtual void provider_gone(std::string_view why) = 0;

 protected:
  ~synthesis_events() = default;
};

/// Makes audio of the text of one turn at a time, over the call's own socket. Text that stays without audio
/// is given again once for each provider, on a fresh socket, from the first word missing. Without a timer:
/// its owner calls `tick` at `wake_up`, and passes on the link's events.
class synthesis {
 public:
  /// `text` is the account of the turn that is spoken.
  synthesis(loop& home, const services& shared, const call_settings& settings, link_events& owner,
            synthesis_events& events, const heard_ledger& text);

  /// Sees to it that there is a socket: one that waits for a call already, or one of its own.
  void connect();

  /// More of the turn's text is there; with `last`, all of it.
  void speak(std::uint32_t turn, bool last);

  /// The turn is of no interest any more; its audio is dropped.
  void cancel();

  /// Stops and resumes reading from the socket.
  void hold(bool held);
  bool is_held() const { return held_; }

  bool has_failed() const { return socket_.has_failed(); }

  /// When the turn under way was first given to the provider, and since when there had been a socket for it.
  struct handing {
    moment at{};
    moment open_since{};
  };
  handing first_given() const { return turn_ ? turn_->first_given : handing{}; }

  void opened();
  void received(std::span<char> text);
  void closed(const link_closed& how);

  void tick();
  std::optional<moment> wake_up() const;

 private:
  struct turn_state {
    std::uint32_t turn = 0;
    bool last = false;
    std::size_t given = 0;  // bytes of text up to where the present context was given them
    handing first_given{};
    std::uint64_t settled_audio = 0;
    std::size_t settled = 0;  // bytes of text whose audio is there whatever the alignment says
    bool arrived = false;
    std::size_t again = 0;                  // so often
    std::optional<moment> waiting_since{};  // for a socket
  };

  void take(const tts::output& message);
  void take(const tts::error& message);
  void take(const tts::flush_done&) {}
  void take(const tts::unknown&) {}

  std::size_t spoken_to() const;
  std::size_t words_left() const;
  bool may_be_all() const;
  bool expects_audio() const;
  bool may_speak_again();
  void give_text();
  void context_over(bool spoken);
  void renew_socket();
  void lose_socket(std::string_view why);
  void refused(std::string_view why);
  void socket_lost(std::string_view why);
  void finish();
  void fail(std::string_view why);
  void fail_turn(std::string_view why);
  void give_up(std::string_view why);
  moment now() const;

  loop& home_;
  speech_spares* spares_;
  synthesis_events& events_;
  const heard_ledger& text_;
  std::optional<turn_state> turn_;  // until all its audio is there
  unsigned silent_turns_ = 0;       // that failed without any audio, in a row
  speech_contexts contexts_;
  whole_samples samples_;  // of the present context
  bool held_ = false;
  std::vector<const synthesiser_protocol*> protocols_;
  provider_link socket_;
};

}  // namespace tandem
