#pragma once

#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/json.hpp"
#include "protocols/providers/endpoint.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tandem {

/// What a session of speech to text is asked for.
struct recogniser_session {
  std::string_view url;
  std::string_view api_key;  ///< empty where none is needed
  std::string_view model;
  std::string_view language;                      ///< ISO 639; empty detects
  std::string_view audio_format = "ulaw_8000";    ///< as `scribe::settings` names it
  bool server_commits = false;                    ///< the provider ends segments by itself,
  std::chrono::milliseconds server_silence{500};  ///< after so much silence
};

/// What a provider's sessions can bear.
struct recogniser_rules {
  std::chrono::milliseconds least_commit{0};  ///< a commit of less audio needs padding
  /// From so much uncommitted audio on no commit is sent, and at `automatic_commit` one comes by itself.
  std::chrono::milliseconds commit_guard = std::chrono::hours(24);
  std::chrono::milliseconds automatic_commit = std::chrono::hours(24);
  std::chrono::milliseconds keepalive{5000};  ///< so long a session may be sent nothing
  std::size_t speed = 1;                      ///< audio may come so many times as fast as it was spoken
};

/// What is particular to a provider of speech to text: how a session is opened and what its messages say.
/// Their meaning is told in Scribe's words, which those of others are put into. Without state, for all calls.
class recogniser_protocol {
 public:
  virtual provider_endpoint open(const recogniser_session& session) const = 0;

  virtual recogniser_rules rules() const = 0;

  /// Appends the message that brings audio, in the session's format; `previous_text` is for a session's first
  /// one alone.
  virtual void append_audio(std::string& out, std::span<const std::uint8_t> audio, bool commit,
                            int sample_rate, std::string_view previous_text) const = 0;

  /// Decodes one message; the text is changed, and every view of the message points into it.
  virtual tl::expected<scribe::server_message, json::fault> decode(std::span<char> text) const = 0;

 protected:
  ~recogniser_protocol() = default;
};

}  // namespace tandem
