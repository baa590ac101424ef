#pragma once

#include "protocols/json.hpp"
#include "protocols/telnyx/media.hpp"
#include "protocols/telnyx/webhook.hpp"

#include <cstdint>
#include <optional>
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
  /// Of `reject`.
  std::string cause;
};

/// Reads the body of a command, of which an empty one is allowed; `bad_base64` when its client state is none,
/// which Telnyx answers with 90017, and every other fault with 10015.
tl::expected<command, json::fault> read_command(std::string body);

/// The answer to a command that is accepted.
std::string accepted_body();

/// The answer to a command that is refused, e.g. code "90018" with status 422.
std::string refused_body(std::string_view code, std::string_view title, std::string_view detail);

/// The body of a webhook: `event_type` decides when `type` is `other`; members that are empty are left out,
/// and `client_state` is null then.
std::string webhook_body(const webhook& event);

}  // namespace tandem::telnyx::carrier
