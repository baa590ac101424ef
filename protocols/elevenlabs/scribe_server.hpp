#pragma once

#include "protocols/elevenlabs/scribe.hpp"

/// The server's half of Scribe's realtime socket, for the lab.
namespace tandem::scribe {

/// Reads a session's query, with or without its question mark; unknown keys are ignored, and a bad value
/// answers with the text of the `invalid_request` that it deserves.
tl::expected<settings, std::string> parse_query(std::string_view query);

/// An `input_audio_chunk` as it came.
struct audio_chunk {
  std::string_view audio_base64;
  bool commit = false;
  std::optional<std::int64_t> sample_rate;
  std::optional<std::string_view> previous_text;
};

/// Decodes a client's message; the text is changed and is pointed into. What is wrong comes back as the text
/// of the `input_error` that it deserves.
tl::expected<audio_chunk, std::string_view> decode_chunk(std::span<char> text);

/// How `session_started` tells its configuration: as documented, or as live servers do.
enum class config_spelling { documented, live };

/// Appends `session_started` with the whole configuration of `session`.
void append_session_started(std::string& out, std::string_view session_id, const settings& session,
                            config_spelling spelling);

/// Appends one message; a `session_started` among them gets a bare configuration in the documented spelling.
void append_message(std::string& out, const server_message& message);

}  // namespace tandem::scribe
