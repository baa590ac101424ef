#pragma once

#include "protocols/elevenlabs/speech_stream.hpp"
#include "protocols/json.hpp"
#include "protocols/providers/endpoint.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tandem {

/// What a socket of text to speech is asked for.
struct synthesiser_session {
  std::string_view url;
  std::string_view api_key;  ///< empty where none is needed
  std::string_view voice;
  std::string_view model;
  std::string_view audio_format = "ulaw_8000";  ///< as `tts::settings` names its output
};

/// What a provider's sockets can bear.
struct synthesiser_rules {
  std::size_t contexts = 1;            ///< open at once on one socket
  std::chrono::seconds keepalive{10};  ///< so long a socket may be sent nothing
};

/// What is particular to a provider of text to speech: how a socket is opened and what its messages say. Each
/// turn is spoken in a context of its own; the meaning of messages is told in the words of ElevenLabs' `tts`,
/// which those of others are put into. Without state, for all calls.
class synthesiser_protocol {
 public:
  virtual provider_endpoint open(const synthesiser_session& session) const = 0;

  virtual synthesiser_rules rules() const = 0;

  virtual void append_open_context(std::string& out, std::string_view context) const = 0;

  /// Appends text to be spoken now: whole words with a blank at the end.
  virtual void append_text(std::string& out, std::string_view context, std::string_view text) const = 0;

  /// Appends what keeps an open context alive; the socket when it is empty.
  virtual void append_keep_alive(std::string& out, std::string_view context) const = 0;

  /// Appends the end of a context, whose text is still spoken.
  virtual void append_close_context(std::string& out, std::string_view context) const = 0;

  /// Decodes one message; the text is changed, and every view of the message points into it.
  virtual tl::expected<tts::server_message, json::fault> decode(std::span<char> text) const = 0;

 protected:
  ~synthesiser_protocol() = default;
};

}  // namespace tandem
