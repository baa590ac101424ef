#pragma once

#include "protocols/json.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

/// The engine's half of ElevenLabs' text-to-speech socket `multi-stream-input`: JSON text frames both ways,
/// one context per turn. `speech_stream_server.hpp` holds the other half for the lab.
namespace tandem::tts {

/// A socket's settings, fixed for its life.
struct settings {
  std::string voice;  ///< a path segment, so another voice is another socket
  std::string model_id = "eleven_flash_v2_5";
  std::string output_format = "ulaw_8000";
  std::string language_code;     ///< ISO 639-1; empty leaves it to the model
  int inactivity_timeout = 180;  ///< seconds, at most 180
  bool sync_alignment = true;    ///< an alignment with every audio message
  bool auto_mode = true;         ///< no schedule: whole sentences are spoken at once
  std::string apply_text_normalization = "auto";
  bool enable_logging = true;
  std::optional<std::uint32_t> seed;

  bool operator==(const settings&) const = default;
};

/// The path and query that follow the base `…/v1/text-to-speech`: `/{voice}/multi-stream-input?…`.
std::string target(const settings& socket);

/// How a voice speaks; values not set are left to the voice.
struct voice_settings {
  std::optional<double> stability = {};
  std::optional<double> similarity_boost = {};
  std::optional<double> style = {};
  std::optional<bool> use_speaker_boost = {};
  std::optional<double> speed = {};  ///< 0.7 … 1.2

  bool operator==(const voice_settings&) const = default;
};

/// Contexts one socket may have open; one counts until its final message came.
constexpr std::size_t max_contexts = 5;

/// Appends the message that opens a context; only it may carry the voice's settings.
void append_open_context(std::string& out, std::string_view context, const voice_settings& voice = {});

/// Appends text for an open context, whole words with a blank at the end; `flush` has it spoken now. An empty
/// text is a keepalive, not an end.
void append_text(std::string& out, std::string_view context, std::string_view text, bool flush);

/// Appends the order to speak what a context has buffered.
void append_flush(std::string& out, std::string_view context);

/// Appends an empty text that resets the idle timer of an open context; of the socket when it is empty.
void append_keep_alive(std::string& out, std::string_view context);

/// Appends the end of a context: flushed text is still spoken, other text is lost. Before the first audio has
/// come it can silence the whole context.
void append_close_context(std::string& out, std::string_view context);

/// Appends the end of all contexts and of the socket.
void append_close_socket(std::string& out);

/// An entry of an alignment: one character or several, and when it sounds.
struct aligned_text {
  std::string_view text;
  std::uint32_t start_ms = 0;  ///< from the start of this message's audio
  std::uint32_t duration_ms = 0;
};

/// Audio of a context, its text's times, its end, or several of them in one message: audio comes first.
struct output {
  std::string_view context = {};
  std::span<const std::uint8_t> audio = {};             ///< raw samples, already out of base64
  std::vector<aligned_text> alignment = {};             ///< the text as it was sent
  std::vector<aligned_text> normalized_alignment = {};  ///< the text as it is spoken
  bool is_final = false;                                ///< nothing follows for this context
};

/// The flushed text of a context has been spoken; a hint, not every server sends it.
struct flush_done {
  std::string_view context;
};

/// A failure; the socket closes soon after, even when it concerns one context.
struct error {
  std::string_view code_text;  ///< e.g. `input_timeout_exceeded`
  std::string_view message;
  std::optional<std::int64_t> close_code;
  std::string_view context;  ///< empty when it concerns the socket
  bool fatal = false;        ///< no socket will work until a human acts: the key, the voice, the account
};

/// A message of a kind we do not know; to be ignored.
struct unknown {};

using server_message = std::variant<output, flush_done, error, unknown>;

/// The largest server message accepted, in bytes: audio messages may pass a megabyte in other formats than
/// the telephone's.
constexpr std::size_t max_message = 16 * 1024 * 1024;

/// Decodes one server message under all spellings seen; the text is changed, and every view of the message
/// points into it.
tl::expected<server_message, json::fault> decode_message(std::span<char> text);

}  // namespace tandem::tts
