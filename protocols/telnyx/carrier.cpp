#include "protocols/telnyx/carrier.hpp"

#include "protocols/base64.hpp"
#include "protocols/json_builder.hpp"

#include <optional>

namespace tandem::telnyx::carrier {
namespace {

/// Adds a counter as Telnyx sends it: decimal digits in a string.
void counter(json::builder& object, std::string_view name, std::optional<std::int64_t> value) {
  if (value) object.text(name, std::to_string(*value));
}

void append_head(json::builder& frame, std::string_view event, std::optional<std::int64_t> sequence,
                 std::string_view stream_id) {
  frame.text("event", event);
  counter(frame, "sequence_number", sequence);
  frame.text_if("stream_id", stream_id);
}

}  // namespace

tl::expected<stream_command, json::fault> decode_command(std::span<char> text) {
  auto event = decode_event(text);
  if (!event) return tl::unexpected(event.error());
  if (auto* audio = std::get_if<media>(&*event)) return *audio;
  if (auto* name = std::get_if<mark>(&*event)) return *name;
  if (auto* other = std::get_if<unknown>(&*event)) {
    if (other->event == "clear") return clear{};
    return *other;
  }
  return unknown{};
}

void append(std::string& out, const connected& event) {
  json::builder frame(out);
  frame.text("event", "connected").text("version", event.version);
  if (!event.auth_token.empty()) {
    json::builder(frame.raw("connected")).text("x-telnyx-streaming-auth-token", event.auth_token);
  }
}

void append(std::string& out, const start& event) {
  json::builder frame(out);
  append_head(frame, "start", event.sequence, event.stream_id);
  json::builder body(frame.raw("start"));
  body.text_if("user_id", event.user_id);
  body.text("call_control_id", event.call_control_id);
  body.text("call_session_id", event.call_session_id);
  body.text("from", event.from).text("to", event.to);
  body.raw("tags") += "[]";
  if (event.client_state.empty()) {
    body.raw("client_state") += "null";
  } else {
    std::string& value = body.raw("client_state");
    value += '"';
    base64::append(value, event.client_state);
    value += '"';
  }
  if (!event.parameters.empty()) {
    json::builder parameters(body.raw("custom_parameters"));
    for (const auto& [name, value] : event.parameters) parameters.text(name, value);
  }
  json::builder(body.raw("media_format"))
      .text("encoding", to_string(event.format.encoding))
      .integer("sample_rate", event.format.sample_rate)
      .integer("channels", event.format.channels);
}

void append(std::string& out, const media& event) {
  json::builder frame(out);
  append_head(frame, "media", event.sequence, event.stream_id);
  json::builder body(frame.raw("media"));
  body.text("track", to_string(event.source));
  counter(body, "chunk", event.chunk);
  counter(body, "timestamp", event.timestamp);
  body.raw("payload") += '"';
  base64::append(out, event.payload);
  out += '"';
}

void append(std::string& out, const dtmf& event) {
  json::builder frame(out);
  frame.text("event", "dtmf").text_if("stream_id", event.stream_id).text("occurred_at", event.occurred_at);
  counter(frame, "sequence_number", event.sequence);
  json::builder(frame.raw("dtmf")).text("digit", {&event.digit, 1});
}

void append(std::string& out, const mark& event) {
  json::builder frame(out);
  append_head(frame, "mark", event.sequence, event.stream_id);
  json::builder(frame.raw("mark")).text("name", event.name);
}

void append(std::string& out, const stop& event) {
  json::builder frame(out);
  append_head(frame, "stop", event.sequence, event.stream_id);
  json::builder(frame.raw("stop"))
      .text_if("user_id", event.user_id)
      .text("call_control_id", event.call_control_id);
}

void append(std::string& out, const stream_error& event) {
  json::builder frame(out);
  frame.text("event", "error").text_if("stream_id", event.stream_id);
  json::builder(frame.raw("payload"))
      .integer("code", event.code)
      .text("title", event.title)
      .text("detail", event.detail);
}

}  // namespace tandem::telnyx::carrier
