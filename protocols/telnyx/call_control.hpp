#pragma once

#include "protocols/telnyx/media.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tandem::telnyx {

/// Samples per second of a codec on a stream: 16000 for the wideband ones, 8000 for the rest (G.722 counts
/// RTP's clock).
std::uint32_t sampling_rate(codec name);

/// Whether `answer` may carry a stream of this codec; if not, `streaming_start` after `call.answered` does.
bool streams_with_answer(codec name);

/// An `answer`, with a stream of both directions in one codec when `stream_url` is given.
struct answer_options {
  std::string_view stream_url{};
  telnyx::codec codec = telnyx::codec::pcmu;
  /// Comes back in every later webhook of the leg; any bytes, sent as base64.
  std::string_view client_state{};
  /// Makes the command safe to send again.
  std::string_view command_id{};
};
std::string answer_body(const answer_options& options);

/// A `streaming_start` of both directions in one codec.
struct streaming_start_options {
  std::string_view stream_url{};
  telnyx::codec codec = telnyx::codec::pcmu;
  /// Comes back in the upgrade's `x-telnyx-streaming-auth-token` and in `connected`; left out when empty.
  std::string_view auth_token{};
  std::span<const parameter> parameters{};
  std::string_view client_state{};
  std::string_view command_id{};
};
std::string streaming_start_body(const streaming_start_options& options);

/// A `reject`; the cause is `USER_BUSY` or `CALL_REJECTED`.
std::string reject_body(std::string_view cause, std::string_view command_id);

/// A `hangup`.
std::string hangup_body(std::string_view command_id);

/// Where a command for a leg is posted, below `telnyx.api_url`: `/calls/…/actions/…`.
std::string command_path(std::string_view call_control_id, std::string_view action);

/// Code of "call has already ended".
inline constexpr std::string_view call_has_ended = "90018";
/// Code of "not answered yet".
inline constexpr std::string_view call_not_answered = "90034";

/// Whether a code says that there is no such leg any more: it has ended, perhaps long ago.
bool says_leg_is_gone(std::string_view code);

/// What stands in the way of a call that was not placed.
enum class dial_obstacle : std::uint8_t {
  order,    ///< what was asked for; again would be refused again
  lines,    ///< the carrier has none for us now, or did not answer: later it may
  account,  ///< key or account: every call is refused until somebody sees to it
};

/// What a dial's last code means; no code means that the carrier did not answer.
dial_obstacle obstacle_of(std::string_view code);

/// What Call Control said to a command; the first error, if there are several.
struct command_answer {
  /// HTTP status, or 0 when no whole answer came.
  unsigned status = 0;
  std::string code;
  std::string title;
  std::string detail;
};

/// Reads the answer to a command; a body that is no JSON leaves code, title and detail empty.
command_answer read_answer(unsigned status, std::string body);

/// What to make of an answer.
enum class command_meaning : std::uint8_t {
  done,      ///< accepted, or there is nothing left to do
  retry,     ///< perhaps not seen: send it again with the same `command_id`, after a while
  terminal,  ///< refused; again would be refused again
  not_yet    ///< the call is not answered yet: again after `call.answered`
};

/// What an answer means for this action: an ended or unknown call is success for `hangup` and `reject`, and
/// an answer to `status`.
command_meaning meaning_of(std::string_view action, const command_answer& answer);

}  // namespace tandem::telnyx
