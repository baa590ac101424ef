#include "protocols/telnyx/call_control.hpp"

#include "protocols/base64.hpp"
#include "protocols/telnyx/command_members.hpp"
#include "protocols/url.hpp"

namespace tandem::telnyx {
namespace {

bool in(std::string_view code, std::initializer_list<std::string_view> codes) {
  for (const std::string_view each : codes) {
    if (each == code) return true;
  }
  return false;
}

/// Telnyx' own faults and limits, whatever status they come with.
bool is_fault_of_carrier(std::string_view code) { return in(code, {"10007", "10008", "10011", "10037"}); }

}  // namespace

void add_command_members(json::builder& body, std::string_view client_state, std::string_view command_id) {
  if (!client_state.empty()) {
    std::string state;
    base64::append(state, client_state);
    body.text("client_state", state);
  }
  body.text_if("command_id", command_id);
}

void add_stream(json::builder& body, std::string_view url, codec name) {
  body.text("stream_url", url)
      .text("stream_track", "inbound_track")
      .text("stream_codec", to_string(name))
      .text("stream_bidirectional_mode", "rtp")
      .text("stream_bidirectional_codec", to_string(name))
      .text("stream_bidirectional_target_legs", "self");
}

std::uint32_t sampling_rate(codec name) {
  switch (name) {
    case codec::opus:
    case codec::amr_wb:
    case codec::l16:
      return 16000;
    default:
      return 8000;
  }
}

bool streams_with_answer(codec name) { return sampling_rate(name) == 8000; }

std::string answer_body(const answer_options& options) {
  std::string out;
  {
    json::builder body(out);
    if (!options.stream_url.empty()) add_stream(body, options.stream_url, options.codec);
    body.boolean("send_silence_when_idle", true);
    add_command_members(body, options.client_state, options.command_id);
  }
  return out;
}

std::string streaming_start_body(const streaming_start_options& options) {
  std::string out;
  {
    json::builder body(out);
    add_stream(body, options.stream_url, options.codec);
    body.integer("stream_bidirectional_sampling_rate", sampling_rate(options.codec))
        .text_if("stream_auth_token", options.auth_token);
    if (!options.parameters.empty()) {
      std::string& list = body.raw("custom_parameters");
      for (const auto& each : options.parameters) {
        list += &each == options.parameters.data() ? '[' : ',';
        json::builder(list).text("name", each.name).text("value", each.value);
      }
      list += ']';
    }
    add_command_members(body, options.client_state, options.command_id);
  }
  return out;
}

std::string reject_body(std::string_view cause, std::string_view command_id) {
  std::string out;
  json::builder(out).text("cause", cause).text_if("command_id", command_id);
  return out;
}

std::string hangup_body(std::string_view command_id) {
  std::string out;
  json::builder(out).text_if("command_id", command_id);
  return out;
}

std::string command_path(std::string_view call_control_id, std::string_view action) {
  std::string path = "/calls/";
  url::append_encoded(path, call_control_id);
  path += "/actions/";
  url::append_encoded(path, action);
  return path;
}

command_answer read_answer(unsigned status, std::string body) {
  command_answer answer{.status = status, .code = {}, .title = {}, .detail = {}};
  json::document document;
  if (document.parse(body) != json::fault::none) return answer;
  const auto errors = json::elements(document.root(), "errors");
  if (errors.empty()) return answer;
  answer.title = json::text_or(errors.front(), "title");
  answer.detail = json::text_or(errors.front(), "detail");
  // A string by the manual; a number is understood as well.
  if (const auto number = json::integer(errors.front(), "code")) {
    answer.code = std::to_string(*number);
  } else {
    answer.code = json::text_or(errors.front(), "code");
  }
  return answer;
}

bool says_leg_is_gone(std::string_view code) { return in(code, {call_has_ended, "10005"}); }

dial_obstacle obstacle_of(std::string_view code) {
  if (in(code, {"", "90041", "90042", "90043"}) || is_fault_of_carrier(code)) return dial_obstacle::lines;
  return in(code, {"10009", "10010", "10038", "10039"}) ? dial_obstacle::account : dial_obstacle::order;
}

command_meaning meaning_of(std::string_view action, const command_answer& answer) {
  using enum command_meaning;
  if (answer.status >= 200 && answer.status < 300) return done;
  // Who wants the leg ended, or only asks for it, has what it wants.
  const bool fine_without_leg = action == "hangup" || action == "reject" || action == "status";
  if (answer.code == call_has_ended) return fine_without_leg ? done : terminal;
  if (answer.code == call_not_answered) return not_yet;
  if (answer.status == 404 && fine_without_leg) return done;
  if (answer.status == 0 || answer.status == 408 || answer.status == 429 || answer.status >= 500)
    return retry;
  return is_fault_of_carrier(answer.code) ? retry : terminal;
}

}  // namespace tandem::telnyx
