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

/// The engine's half of Telnyx' media streaming: one JSON object per WebSocket text frame, named by `event`.
/// What Telnyx sends is decoded, what it accepts is encoded; `carrier.hpp` holds the other half for the lab.
namespace tandem::telnyx {

/// What the bytes of a `media` payload are: codec payload without an RTP header.
enum class codec { unknown, pcmu, pcma, g722, opus, amr_wb, l16 };

/// The wire's name of a codec ("PCMU"); "unknown" for `codec::unknown`.
std::string_view to_string(codec name);

/// The codec of a wire name, in any case; `unknown` for every other text.
codec codec_of(std::string_view name);

/// Whose voice a frame carries: the far end's (inbound), or what Telnyx sends to it (outbound).
enum class track { unknown, inbound, outbound };

/// The wire's name of a track.
std::string_view to_string(track name);

/// The track of a wire name; `unknown` for every other text.
track track_of(std::string_view name);

/// What Telnyx sends on this stream; the only reliable statement of it. Zero means that it was not said.
struct media_format {
  codec encoding = codec::unknown;
  std::uint32_t sample_rate = 0;  ///< Hz
  std::uint32_t channels = 0;
};

/// One of the custom parameters that `streaming_start` gave.
struct parameter {
  std::string_view name{};
  std::string_view value{};
};

/// The first frame; it repeats the stream's token when one was set.
struct connected {
  std::string_view version{};
  std::string_view auth_token{};
};

/// Says which call the stream belongs to and in what codec it comes; members not sent are empty.
struct start {
  std::optional<std::int64_t> sequence{};
  std::string_view stream_id{};
  std::string_view user_id{};
  std::string_view call_control_id{};
  std::string_view call_session_id{};
  std::string_view from{};
  std::string_view to{};
  std::string_view client_state{};  ///< what we gave, out of base64; empty when it is not base64
  media_format format{};
  std::vector<parameter> parameters{};
};

/// Audio of one track, 20 ms as a rule and any length in fact.
struct media {
  std::optional<std::int64_t> sequence{};
  std::string_view stream_id{};
  track source = track::unknown;
  std::optional<std::int64_t> chunk{};      ///< running counter; reorder by it
  std::optional<std::int64_t> timestamp{};  ///< unit unknown; no clock may be made of it
  std::span<const std::uint8_t> payload{};  ///< codec bytes, already out of base64
};

/// A key the caller pressed; digits may come out of order, `occurred_at` (ISO 8601, UTC) orders them.
struct dtmf {
  std::optional<std::int64_t> sequence{};
  std::string_view stream_id{};
  char digit = 0;
  std::string_view occurred_at{};
};

/// Our mark comes back: everything before it was played, or thrown away by a `clear`.
struct mark {
  std::optional<std::int64_t> sequence{};
  std::string_view stream_id{};
  std::string_view name{};
};

/// The stream ended, which does not say that the call did.
struct stop {
  std::optional<std::int64_t> sequence{};
  std::string_view stream_id{};
  std::string_view user_id{};
  std::string_view call_control_id{};
};

/// Telnyx did not like what we sent: 100002 unknown, 100003 malformed, 100004 not base64, 100005 too often.
struct stream_error {
  std::string_view stream_id{};
  std::int64_t code = 0;
  std::string_view title{};
  std::string_view detail{};
};

/// An event of a name we do not know; to be ignored.
struct unknown {
  std::string_view event{};
};

using stream_event = std::variant<connected, start, media, dtmf, mark, stop, stream_error, unknown>;

/// Decodes one text frame from Telnyx; the text is changed, and every view of the event points into it.
tl::expected<stream_event, json::fault> decode_event(std::span<char> text);

/// Appends `{"event":"media",…}` for codec bytes; 20 ms to 30 s of them in rtp mode.
void append_media(std::string& out, std::span<const std::uint8_t> payload);

/// Appends `{"event":"mark",…}`; it comes back as `mark`.
void append_mark(std::string& out, std::string_view name);

/// Appends `{"event":"clear"}`: stop playing, forget the queue, return all marks.
void append_clear(std::string& out);

}  // namespace tandem::telnyx
