#pragma once

#include "protocols/json.hpp"
#include "protocols/telnyx/media.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace tandem::telnyx {

/// Whether Telnyx listens for an answering machine, as `answering_machine_detection` names it.
enum class machine_detection : std::uint8_t {
  disabled,
  detect,
  detect_beep,
  detect_words,
  greeting_end,
  premium
};
std::string_view to_string(machine_detection mode);
std::optional<machine_detection> read_machine_detection(std::string_view name);

/// Whether a call can be placed to this: +, a country's code and a number, 7 to 15 digits in all (E.164), or
/// a SIP URI (`sip:user@host`).
bool can_be_dialled(std::string_view to);

/// A call to be placed with `POST /calls`; what is empty or zero is left out.
struct dial_options {
  /// The Call Control application that places it.
  std::string_view connection_id{};
  std::string_view to{};
  std::string_view from{};
  /// Shown instead of the number; at most 128 bytes, cut there.
  std::string_view from_display_name{};
  /// Seconds it may ring, 5 to 600.
  std::uint32_t timeout_seconds = 0;
  /// Seconds it may last once answered, 30 to 14400.
  std::uint32_t time_limit_seconds = 0;
  machine_detection detection = machine_detection::disabled;
  /// A stream of both directions as soon as it is answered; none when empty (a codec that is not 8 kHz needs
  /// `streaming_start`).
  std::string_view stream_url{};
  telnyx::codec codec = telnyx::codec::pcmu;
  std::string_view client_state{};
  /// Without one a dial that may have been seen must not be sent again.
  std::string_view command_id{};
};
std::string dial_body(const dial_options& options);

/// A leg as `POST /calls`, `GET /calls/{id}` and a list of active calls tell it.
struct leg {
  std::string call_control_id;
  std::string call_leg_id;
  std::string call_session_id;
  /// Out of base64; empty when there is none or it is none of ours.
  std::string client_state;
  /// Whether it has no client state at all: nobody's command has given it one.
  bool is_unclaimed = false;
  /// False right after dialling, because dialling goes on by itself; true in a list of active calls unless it
  /// says otherwise.
  bool is_alive = false;
};

/// Reads the leg of a 200 to `POST /calls` or `GET /calls/{id}`; a fault when the body is no such answer.
tl::expected<leg, json::fault> read_leg(std::string body);

/// A page of `GET /connections/{connection_id}/active_calls`: `data` and, for the next page,
/// `meta.cursors.after`.
struct active_calls {
  std::vector<leg> legs;
  /// What `page[after]` has to say for the next page; empty at the last.
  std::string after;
};
tl::expected<active_calls, json::fault> read_active_calls(std::string body);

/// `/calls/{call_control_id}`, where a leg's state is.
std::string leg_path(std::string_view call_control_id);

/// Where a page of up to 250 active calls is; the first one, or the one that follows `after`.
std::string active_calls_path(std::string_view connection_id, std::string_view after);

}  // namespace tandem::telnyx
