#pragma once

#include "protocols/json.hpp"
#include "protocols/telnyx/media.hpp"
#include "protocols/telnyx/webhook.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

/// The carrier's half of Call Control, for the lab: understands commands, answers them, makes webhooks.
namespace tandem::telnyx::carrier {

/// Which leg a command is for, and what it wants done.
struct command_target {
  std::string call_control_id;
  std::string action;
};

/// Reads `…/calls/{call_control_id}/actions/{action}` whatever stands before it; nothing for every other
/// path.
std::optional<command_target> read_command_path(std::string_view path);

/// What the body of a command says; what is absent is empty.
struct command {
  std::string command_id;
  /// Out of base64.
  std::string client_state;
  std::string stream_url;
  std::string stream_track;
  std::string stream_codec;
  std::string bidirectional_mode;
  std::string bidirectional_codec;
  std::uint32_t bidirectional_sampling_rate = 8000;
  std::string target_legs;
  std::string auth_token;
  std::vector<std::pair<std::string, std::string>> custom_parameters;
  bool send_silence_when_idle = false;
  /// Of `streaming_stop`: the one that is meant; empty = every one of the leg.
  std::string stream_id;
  /// Of `reject`.
  std::string cause;
  /// Of `dial` and `transfer`.
  std::string to;
  std::string from;
  std::string connection_id;
  std::string detection;
  std::uint32_t timeout_seconds = 30;
  /// Of the leg that a transfer makes; out of base64.
  std::string target_leg_client_state;
  /// Of `bridge`: the other leg.
  std::string call_control_id;
  /// Of `send_dtmf`.
  std::string digits;
  /// Of `speak`: what to say.
  std::string payload;
  /// Of `playback_start`.
  std::string audio_url;
};

/// Reads the body of a command, of which an empty one is allowed; `bad_base64` when its client state is none,
/// which Telnyx answers with 90017, and every other fault with 10015.
tl::expected<command, json::fault> read_command(std::string body);

/// The answer to a command that is accepted.
std::string accepted_body();

/// The answer that tells of one leg, and the one that lists legs; `after` is left out when it is empty.
std::string leg_body(std::string_view call_control_id, std::string_view client_state, bool is_alive);
struct listed_leg {
  std::string call_control_id;
  std::string client_state;
  /// In seconds.
  std::int64_t call_duration = 0;
};
std::string active_calls_body(std::span<const listed_leg> legs, std::string_view after);

/// The answer that lists a leg's events, oldest first and all on one page, each with the webhook that it is
/// about (or `{}`).
struct listed_event {
  std::string name;
  /// `webhook` or `command`.
  std::string type;
  std::string metadata;
  /// When, as RFC 3339.
  std::string timestamp;
};
std::string call_events_body(std::string_view call_leg_id, std::span<const listed_event> events);

/// The answer to a command that is refused, e.g. code "90018" with status 422.
std::string refused_body(std::string_view code, std::string_view title, std::string_view detail);

/// The body of a webhook: `event_type` decides when `type` is `other`; members that are empty are left out,
/// and `client_state` is null then.
std::string webhook_body(const webhook& event);

}  // namespace tandem::telnyx::carrier
