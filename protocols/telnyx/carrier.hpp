#pragma once

#include "protocols/json.hpp"
#include "protocols/telnyx/media.hpp"

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

/// The carrier's half of the wire, for the lab: decodes what the engine sends, encodes what Telnyx sends.
namespace tandem::telnyx::carrier {

/// Throw away what is queued and return all marks.
struct clear {};

/// What an engine may send on its media socket; of `media` only the payload is set, of `mark` only the name.
using stream_command = std::variant<media, mark, clear, unknown>;

/// Decodes one text frame from the engine; the text is changed, and every view points into it. Events that
/// only Telnyx may send are `unknown`. Telnyx answers `bad_base64` with error 100004, every other fault with
/// 100003.
tl::expected<stream_command, json::fault> decode_command(std::span<char> text);

/// Appends the frame that `decode_event` reads back as the same event; counters go out as strings, as on the
/// wire.
void append(std::string& out, const connected& event);
void append(std::string& out, const start& event);
void append(std::string& out, const media& event);
void append(std::string& out, const dtmf& event);
void append(std::string& out, const mark& event);
void append(std::string& out, const stop& event);
void append(std::string& out, const stream_error& event);

}  // namespace tandem::telnyx::carrier
