#include "protocols/telnyx/carrier_control.hpp"

#include "protocols/base64.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/url.hpp"

namespace tandem::telnyx::carrier {
namespace {

std::string copy(const json::value& object, std::string_view key) {
  return std::string(json::text_or(object, key));
}

constexpr std::uint32_t default_sampling_rate = 8000;
constexpr std::int64_t default_ring_seconds = 30;

void add_state(json::builder& object, std::string_view client_state) {
  std::string& state = object.raw("client_state");
  if (client_state.empty()) {
    state += "null";
  } else {
    state += '"';
    base64::append(state, client_state);
    state += '"';
  }
}

void add_leg(json::builder& leg, std::string_view call_control_id, std::string_view client_state) {
  leg.text("record_type", "call")
      .text("call_control_id", call_control_id)
      .text("call_leg_id", call_control_id)
      .text("call_session_id", call_control_id);
  add_state(leg, client_state);
}

}  // namespace

std::optional<command_target> read_command_path(std::string_view path) {
  constexpr std::string_view before_id = "/calls/";
  constexpr std::string_view before_action = "/actions/";
  const std::size_t calls = path.find(before_id);
  if (calls == path.npos) return std::nullopt;
  path.remove_prefix(calls + before_id.size());
  const std::size_t actions = path.find(before_action);
  if (actions == path.npos) return std::nullopt;
  auto id = url::decoded(path.substr(0, actions));
  auto action = url::decoded(path.substr(actions + before_action.size()));
  if (!id || !action || id->empty() || action->empty() || action->find('/') != action->npos)
    return std::nullopt;
  return command_target{std::move(*id), std::move(*action)};
}

tl::expected<command, json::fault> read_command(std::string body) {
  command read;
  if (body.empty()) return read;
  json::document document;
  const json::fault fault = document.parse(body);
  if (fault != json::fault::none) return tl::unexpected(fault);
  const json::value& root = document.root();
  auto client_state = base64::decoded_text(json::text_or(root, "client_state"));
  if (!client_state) return tl::unexpected(json::fault::bad_base64);

  read.client_state = std::move(*client_state);
  read.command_id = copy(root, "command_id");
  read.stream_url = copy(root, "stream_url");
  read.stream_track = copy(root, "stream_track");
  read.stream_codec = copy(root, "stream_codec");
  read.bidirectional_mode = copy(root, "stream_bidirectional_mode");
  read.bidirectional_codec = copy(root, "stream_bidirectional_codec");
  const auto rate = json::integer(root, "stream_bidirectional_sampling_rate").value_or(default_sampling_rate);
  if (rate < 1 || rate > 48000) return tl::unexpected(json::fault::bad_field);
  read.bidirectional_sampling_rate = static_cast<std::uint32_t>(rate);
  read.target_legs = copy(root, "stream_bidirectional_target_legs");
  read.auth_token = copy(root, "stream_auth_token");
  for (const json::value& each : json::elements(root, "custom_parameters")) {
    read.custom_parameters.emplace_back(copy(each, "name"), copy(each, "value"));
  }
  read.send_silence_when_idle = json::boolean(root, "send_silence_when_idle").value_or(false);
  read.stream_id = copy(root, "stream_id");
  read.cause = copy(root, "cause");
  read.to = copy(root, "to");
  read.from = copy(root, "from");
  read.connection_id = copy(root, "connection_id");
  read.detection = copy(root, "answering_machine_detection");
  const auto timeout = json::integer(root, "timeout_secs").value_or(default_ring_seconds);
  if (timeout < 5 || timeout > 600) return tl::unexpected(json::fault::bad_field);
  read.timeout_seconds = static_cast<std::uint32_t>(timeout);
  auto target_state = base64::decoded_text(json::text_or(root, "target_leg_client_state"));
  if (!target_state) return tl::unexpected(json::fault::bad_base64);
  read.target_leg_client_state = std::move(*target_state);
  read.call_control_id = copy(root, "call_control_id");
  read.digits = copy(root, "digits");
  read.payload = copy(root, "payload");
  read.audio_url = copy(root, "audio_url");
  return read;
}

std::string accepted_body() { return R"({"data":{"result":"ok"}})"; }

std::string leg_body(std::string_view call_control_id, std::string_view client_state, bool is_alive) {
  std::string out;
  {
    json::builder root(out);
    json::builder data(root.raw("data"));
    add_leg(data, call_control_id, client_state);
    data.boolean("is_alive", is_alive);
  }
  return out;
}

std::string active_calls_body(std::span<const listed_leg> legs, std::string_view after) {
  std::string out;
  {
    json::builder root(out);
    std::string& list = root.raw("data");
    list += '[';
    for (const auto& each : legs) {
      if (&each != legs.data()) list += ',';
      json::builder leg(list);
      add_leg(leg, each.call_control_id, each.client_state);
      leg.integer("call_duration", each.call_duration);
    }
    list += ']';
    json::builder meta(root.raw("meta"));
    json::builder(meta.raw("cursors")).text_if("after", after);
  }
  return out;
}

std::string call_events_body(std::string_view call_leg_id, std::span<const listed_event> events) {
  std::string out;
  {
    json::builder root(out);
    std::string& list = root.raw("data");
    list += '[';
    for (const auto& each : events) {
      if (&each != events.data()) list += ',';
      json::builder event(list);
      event.text("record_type", "call_event")
          .text("call_leg_id", call_leg_id)
          .text("call_session_id", call_leg_id)
          .text("name", each.name)
          .text("type", each.type)
          .text("event_timestamp", each.timestamp);
      event.raw("metadata") += each.metadata;
    }
    list += ']';
    const auto count = static_cast<std::int64_t>(events.size());
    json::builder(root.raw("meta"))
        .integer("page_number", 1)
        .integer("page_size", count)
        .integer("total_pages", 1)
        .integer("total_results", count);
  }
  return out;
}

std::string refused_body(std::string_view code, std::string_view title, std::string_view detail) {
  std::string out = R"({"errors":[)";
  json::builder(out).text("code", code).text("title", title).text("detail", detail);
  out += "]}";
  return out;
}

std::string webhook_body(const webhook& event) {
  std::string out;
  {
    json::builder root(out);
    {
      json::builder data(root.raw("data"));
      data.text("record_type", "event")
          .text("event_type", event.type == webhook_type::other ? event.event_type : to_string(event.type))
          .text("id", event.id)
          .text("occurred_at", event.occurred_at);
      json::builder payload(data.raw("payload"));
      payload.text_if("call_control_id", event.call_control_id)
          .text_if("call_leg_id", event.call_leg_id)
          .text_if("call_session_id", event.call_session_id)
          .text_if("connection_id", event.connection_id)
          .text_if("from", event.from)
          .text_if("to", event.to)
          .text_if("direction", event.direction)
          .text_if("state", event.state)
          .text_if("hangup_cause", event.hangup_cause)
          .text_if("hangup_source", event.hangup_source)
          .text_if("sip_hangup_cause", event.sip_hangup_cause)
          .text_if("stream_id", event.stream_id)
          .text_if("stream_url", event.stream_url)
          .text_if("failure_reason", event.failure_reason)
          .text_if("digit", event.digit)
          .text_if("result", event.result);
      add_state(payload, event.client_state);
    }
    json::builder(root.raw("meta")).integer("attempt", event.attempt);
  }
  return out;
}

}  // namespace tandem::telnyx::carrier
