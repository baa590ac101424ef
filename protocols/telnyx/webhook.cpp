#include "protocols/telnyx/webhook.hpp"

#include "protocols/base64.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace tandem::telnyx {
namespace {

constexpr std::array<std::pair<webhook_type, std::string_view>, 20> types{{
    {webhook_type::call_initiated, "call.initiated"},
    {webhook_type::call_answered, "call.answered"},
    {webhook_type::call_bridged, "call.bridged"},
    {webhook_type::call_hangup, "call.hangup"},
    {webhook_type::call_dtmf_received, "call.dtmf.received"},
    {webhook_type::streaming_started, "streaming.started"},
    {webhook_type::streaming_stopped, "streaming.stopped"},
    {webhook_type::streaming_failed, "streaming.failed"},
    {webhook_type::call_machine_detection_ended, "call.machine.detection.ended"},
    {webhook_type::call_machine_premium_detection_ended, "call.machine.premium.detection.ended"},
    {webhook_type::call_machine_greeting_ended, "call.machine.greeting.ended"},
    {webhook_type::call_machine_premium_greeting_ended, "call.machine.premium.greeting.ended"},
    {webhook_type::call_speak_ended, "call.speak.ended"},
    {webhook_type::call_hold, "call.hold"},
    {webhook_type::call_unhold, "call.unhold"},
    {webhook_type::call_recording_saved, "call.recording.saved"},
    {webhook_type::call_cost, "call.cost"},
    {webhook_type::call_refer_started, "call.refer.started"},
    {webhook_type::call_refer_completed, "call.refer.completed"},
    {webhook_type::call_refer_failed, "call.refer.failed"},
}};

std::string copy(const json::value& object, std::string_view key) {
  return std::string(json::text_or(object, key));
}

void read_payload(webhook& event, const json::value& payload) {
  event.call_control_id = copy(payload, "call_control_id");
  event.call_leg_id = copy(payload, "call_leg_id");
  event.call_session_id = copy(payload, "call_session_id");
  event.connection_id = copy(payload, "connection_id");
  event.client_state = base64::decoded_text(json::text_or(payload, "client_state")).value_or("");
  event.from = copy(payload, "from");
  event.to = copy(payload, "to");
  event.direction = copy(payload, "direction");
  event.state = copy(payload, "state");
  event.hangup_cause = copy(payload, "hangup_cause");
  event.hangup_source = copy(payload, "hangup_source");
  event.sip_hangup_cause = copy(payload, "sip_hangup_cause");
  event.stream_id = copy(payload, "stream_id");
  event.stream_url = copy(payload, "stream_url");
  event.failure_reason = copy(payload, "failure_reason");
  event.digit = copy(payload, "digit");
  event.result = copy(payload, "result");
}

}  // namespace

std::string_view to_string(webhook_type type) {
  for (const auto& [known, name] : types) {
    if (known == type) return name;
  }
  return "other";
}

webhook_type webhook_type_of(std::string_view name) {
  for (const auto& [type, known] : types) {
    if (known == name) return type;
  }
  return webhook_type::other;
}

bool shows_life(webhook_type type) {
  using enum webhook_type;
  return type == call_answered || type == streaming_started || type == streaming_failed ||
         type == call_dtmf_received || type == call_hold || type == call_unhold ||
         type == call_machine_detection_ended || type == call_machine_premium_detection_ended ||
         type == call_machine_greeting_ended || type == call_machine_premium_greeting_ended;
}

tl::expected<webhook, json::fault> read_webhook(std::string body) {
  json::document document;
  const json::fault fault = document.parse(body);
  if (fault != json::fault::none) return tl::unexpected(fault);

  const json::value* data = json::find(document.root(), "data");
  if (!data) return tl::unexpected(json::fault::bad_field);
  webhook event;
  event.id = copy(*data, "id");
  event.event_type = copy(*data, "event_type");
  if (event.id.empty() || event.event_type.empty()) return tl::unexpected(json::fault::bad_field);
  event.type = webhook_type_of(event.event_type);
  event.occurred_at = copy(*data, "occurred_at");
  if (const json::value* payload = json::find(*data, "payload")) read_payload(event, *payload);
  if (const json::value* meta = json::find(document.root(), "meta")) {
    const std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    event.attempt = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(json::integer(*meta, "attempt").value_or(1), 1, most));
  }
  return event;
}

}  // namespace tandem::telnyx
