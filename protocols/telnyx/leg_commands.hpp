#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Bodies of the Call Control commands for a leg that is up, below `command_path(leg, action)`; what is empty
/// or zero is left out, so that Telnyx' default holds. All carry their `command_id`, so they may be sent
/// again.
namespace tandem::telnyx {

/// A `transfer`: the leg is bridged to a new one that rings at `to`; this leg stays up when that fails.
struct transfer_options {
  /// A number (+E.164) or a SIP URI.
  std::string_view to{};
  /// Shown to the one who is called; Telnyx takes the number that was called first when it is empty.
  std::string_view from{};
  /// Seconds that `to` may ring.
  std::uint32_t timeout_seconds = 0;
  /// Seconds that the new leg may last.
  std::uint32_t time_limit_seconds = 0;
  /// Comes back in the new leg's webhooks, so that it is known as ours; any bytes, sent as base64.
  std::string_view target_leg_client_state{};
  std::string_view command_id{};
};
std::string transfer_body(const transfer_options& options);

/// A `bridge` with another leg.
std::string bridge_body(std::string_view other_call_control_id, std::string_view command_id);

/// Whether `send_dtmf` takes these keys: 0-9, A-D, * and #, w for half a second of pause and W for a second;
/// at least one.
bool are_dtmf_digits(std::string_view digits);

/// A `send_dtmf`, each key lasting 100 to 500 ms, 250 when zero.
std::string send_dtmf_body(std::string_view digits, std::uint32_t duration_ms, std::string_view command_id);

/// A `streaming_stop`, of every stream of the leg when `stream_id` is empty.
std::string streaming_stop_body(std::string_view stream_id, std::string_view command_id);

/// The language of Telnyx' voices for a code of ISO 639, of two letters or three: "de-DE" for `de`; American
/// English for what they do not speak.
std::string_view spoken_language(std::string_view code);

/// A `speak` with Telnyx' own voice, e.g. "female" in "en-US"; `text` is at most 3000 characters.
struct speak_options {
  std::string_view text{};
  std::string_view voice = "female";
  std::string_view language{};
  std::string_view command_id{};
};
std::string speak_body(const speak_options& options);

/// How often a sound is played.
enum class playing : std::uint8_t { once, until_stopped };

/// A `playback_start` of the sound at a URL (mp3, or wav as its name ends).
std::string playback_start_body(std::string_view audio_url, std::string_view command_id,
                                playing how = playing::once);

/// A `playback_stop` of what plays and what waits to be played.
std::string playback_stop_body(std::string_view command_id);

/// A `record_start` at the carrier: both sides, a channel each, as WAV; `max_seconds` is at most 14400.
std::string record_start_body(std::uint32_t max_seconds, std::string_view command_id);

/// A `record_stop`.
std::string record_stop_body(std::string_view command_id);

/// A `client_state_update`, the one command that is sent with PUT and has no `command_id`.
std::string client_state_update_body(std::string_view client_state);

}  // namespace tandem::telnyx
