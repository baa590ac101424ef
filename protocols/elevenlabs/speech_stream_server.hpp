#pragma once

#include "protocols/elevenlabs/speech_stream.hpp"

/// The server's half of the text-to-speech socket `multi-stream-input`, for the lab.
namespace tandem::tts {

/// Reads a request target whose path ends in `/{voice}/multi-stream-input`; what is wrong comes back in
/// words.
tl::expected<settings, std::string> parse_target(std::string_view target);

/// A client's message: any of text, flush and the closes may come together, and all may be absent.
struct client_message {
  std::optional<std::string_view> context;
  std::optional<std::string_view> text;
  std::optional<voice_settings> voice;
  bool flush = false;
  bool close_context = false;
  bool close_socket = false;
};

/// Decodes a client's message; the text is changed, and every view of the message points into it.
tl::expected<client_message, json::fault> decode_client(std::span<char> text);

/// Which names a server gives its members.
enum class spelling { camel_case, snake_case };

/// Appends an output; absent parts are null as on live servers, and a bare final carries its context alone.
void append_output(std::string& out, const output& message, spelling names);

/// Appends a `flush_done`.
void append_flush_done(std::string& out, std::string_view context);

/// Appends an error.
void append_error(std::string& out, const error& message, spelling names);

}  // namespace tandem::tts
