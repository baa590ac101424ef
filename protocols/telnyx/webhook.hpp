#pragma once

#include "protocols/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tandem::telnyx {

/// The kinds of event that mean something to a bridge; `other` is every other `event_type`.
enum class webhook_type : std::uint8_t {
  other,
  call_initiated,
  call_answered,
  call_bridged,
  call_hangup,
  call_dtmf_received,
  streaming_started,
  streaming_stopped,
  streaming_failed,
  call_machine_detection_ended,
  call_machine_premium_detection_ended,
  call_machine_greeting_ended,
  call_machine_premium_greeting_ended,
  call_speak_ended,
  call_hold,
  call_unhold,
  call_recording_saved,
  call_cost,
  call_refer_started,
  call_refer_completed,
  call_refer_failed
};

/// The wire's name of a kind ("call.initiated"); "other" for `other`.
std::string_view to_string(webhook_type type);

/// The kind of a wire name.
webhook_type webhook_type_of(std::string_view name);

/// Whether an event of this kind shows that its leg is up.
bool shows_life(webhook_type type);

/// One event of Call Control; what was null, absent or no text is empty.
struct webhook {
  /// The same for every delivery of this event.
  std::string id;
  std::string event_type;
  webhook_type type = webhook_type::other;
  /// ISO 8601, UTC; orders events, deliveries do not.
  std::string occurred_at;
  /// Counts deliveries from 1.
  std::uint32_t attempt = 1;
  std::string call_control_id;
  std::string call_leg_id;
  std::string call_session_id;
  std::string connection_id;
  /// What our last command gave, out of base64; empty when it is not base64.
  std::string client_state;
  std::string from;
  std::string to;
  /// `incoming` or `outgoing`; only `call.initiated` says it.
  std::string direction;
  /// `parked`, `bridging`, `answered` or `hangup`.
  std::string state;
  /// An open set: normal_clearing, originator_cancel, user_busy, timeout, …
  std::string hangup_cause;
  /// caller, callee or unknown: roles of SIP, so the far end of an incoming leg is the caller.
  std::string hangup_source;
  /// A SIP status such as "487", or "unspecified".
  std::string sip_hangup_cause;
  /// Of the streaming events.
  std::string stream_id;
  std::string stream_url;
  std::string failure_reason;
  /// Of `call.dtmf.received`.
  std::string digit;
  /// Of the events that end in a verdict: machine detection, gather, …
  std::string result;
};

/// Reads the body of a webhook, API version 2; `bad_field` when it has no `data` with an `id` and
/// `event_type`.
tl::expected<webhook, json::fault> read_webhook(std::string body);

}  // namespace tandem::telnyx
