#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/carrier_control.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_commands.hpp"
#include "protocols/url.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/carrier_leg.hpp"

#include <algorithm>
#include <array>
#include <charconv>

/// The carrier's REST API: what it understands, refuses with Telnyx' codes, and accepts.
namespace tandem::lab {

namespace {

constexpr std::string_view calls_path = "/calls";
constexpr std::string_view connections_path = "/connections/";
constexpr std::string_view list_path = "/active_calls";
constexpr std::string_view events_path = "/call_events";
constexpr std::size_t page_bound = 250;

server_answer refusal_of(unsigned status, std::string_view code, std::string_view title) {
  return {.status = status, .body = telnyx::carrier::refused_body(code, title, title)};
}

server_answer not_found() { return refusal_of(404, "10005", "Resource not found"); }

server_answer unreadable(json::fault why) {
  if (why == json::fault::bad_base64) return refusal_of(422, "90017", "Invalid client state");
  return refusal_of(400, "10015", "Bad request");
}

/// The path without what stands before the API's own, such as `/v2`.
std::string_view below_version(std::string_view path) {
  return path.starts_with("/v2/") ? path.substr(3) : path;
}

bool is_known(std::string_view action) {
  constexpr std::array<std::string_view, 15> known{"answer",         "reject",
                                                   "hangup",         "streaming_start",
                                                   "streaming_stop", "transfer",
                                                   "bridge",         "send_dtmf",
                                                   "speak",          "playback_start",
                                                   "playback_stop",  "record_start",
                                                   "record_stop",    "client_state_update",
                                                   "refer"};
  return std::ranges::find(known, action) != known.end();
}

}  // namespace

std::optional<delay_range> read_delay_range(std::string_view text) {
  constexpr std::int64_t longest = 60000;
  const auto number = [](std::string_view digits) -> std::optional<std::int64_t> {
    std::int64_t found = 0;
    const auto* end = digits.data() + digits.size();
    const auto [at, fault] = std::from_chars(digits.data(), end, found);
    if (fault != std::errc{} || at != end || found < 0) return std::nullopt;
    return found;
  };
  const auto dots = text.find("..");
  if (dots == text.npos) return std::nullopt;
  const auto least = number(text.substr(0, dots));
  const auto most = number(text.substr(dots + 2));
  if (!least || !most || *least > *most || *most > longest) return std::nullopt;
  return delay_range{std::chrono::milliseconds(*least), std::chrono::milliseconds(*most)};
}

void carrier::take(server_request request, const respond& answer) {
  const auto& [least, most] = options_.rest_delay;
  if (most.count() == 0) return on_request(request, answer);
  const std::chrono::milliseconds delay(
      std::uniform_int_distribution<std::int64_t>(least.count(), most.count())(chance_));
  const auto which = ++requests_;
  auto due = home_.at(home_.now() + delay, [this, which] {
    const auto now = late_.extract(which);
    on_request(now.mapped().request, now.mapped().answer);
  });
  late_.emplace(which, late_request{std::move(request), answer, std::move(due)});
}

void carrier::on_request(const server_request& request, const respond& answer) {
  if (!options_.api_key.empty() && request.head.header("authorization") != "Bearer " + options_.api_key) {
    return answer(refusal_of(401, "10009", "Authentication failed"));
  }
  const auto& method = request.head.method;
  const auto path = below_version(request.head.path);
  const auto target = telnyx::carrier::read_command_path(path);
  const bool lists = path.starts_with(connections_path) && path.ends_with(list_path);
  const auto action = target                ? target->action
                      : method == "POST"    ? std::string("dial")
                      : lists               ? std::string("list")
                      : path == events_path ? std::string("events")
                                            : std::string("status");
  if (options_.fault) {
    if (auto instead = options_.fault(action, request.body)) return answer(std::move(*instead));
  }
  if (method == "GET" && lists) return on_list(request.head, answer);
  if (method == "GET" && path == events_path) return on_events(request.head, answer);
  if (method == "GET" && !target && path.starts_with("/calls/"))
    return on_status(path.substr(calls_path.size() + 1), answer);
  const bool put = action == "client_state_update";
  if (method != (put ? "PUT" : "POST")) return answer(not_found());
  auto wanted = telnyx::carrier::read_command(request.body);
  if (!wanted) return answer(unreadable(wanted.error()));
  if (path == calls_path) return on_dial(*wanted, answer);
  if (!target || !is_known(action)) return answer(not_found());
  auto call = calls_.find(target->call_control_id);
  if (call != calls_.end()) {
    const auto id = call->first;
    const auto from = call->second->over.from;
    if (!on_command(*call->second, action, *wanted, answer) || !options_.on_obeyed) return;
    constexpr std::string_view scheme = "Bearer ";
    const auto authorization = request.head.header("authorization");
    return options_.on_obeyed(
        {id, from, action, authorization.substr(std::min(scheme.size(), authorization.size()))});
  }
  if (std::ranges::find(ended_, target->call_control_id) != ended_.end())
    return answer(refusal_of(422, telnyx::call_has_ended, "Call has already ended"));
  answer(not_found());
}

void carrier::on_dial(const command& wanted, const respond& answer) {
  if (wanted.connection_id.empty() ||
      (!options_.connection_id.empty() && wanted.connection_id != options_.connection_id))
    return answer(refusal_of(400, "10015", "Invalid value for connection_id (Call Control App ID)"));
  if (!telnyx::can_be_dialled(wanted.to) || !telnyx::can_be_dialled(wanted.from))
    return answer(refusal_of(422, "10016", "Phone number must be in +E164 format"));
  if (!wanted.detection.empty() && !telnyx::read_machine_detection(wanted.detection))
    return answer(refusal_of(422, "10032", "Invalid enumerated value"));
  if (const auto known = dialled_.find(wanted.command_id); known != dialled_.end())
    return answer({.body = telnyx::carrier::leg_body(known->second, wanted.client_state, false)});
  const auto codec =
      wanted.stream_codec.empty() ? telnyx::codec::pcmu : telnyx::codec_of(wanted.stream_codec);
  auto& call = new_leg(wanted.from, wanted.to, codec);
  call.outgoing = true;
  call.over.client_state = wanted.client_state;
  call.detection = wanted.detection;
  call.stream_url = wanted.stream_url;
  call.take_wishes(wanted);
  if (!wanted.command_id.empty()) dialled_[wanted.command_id] = call.id();
  call.events.push_back({"dial", "command", "{}", now_text()});
  answer({.body = telnyx::carrier::leg_body(call.id(), wanted.client_state, false)});
  ring(call, std::chrono::seconds(wanted.timeout_seconds), [this](leg& there) {
    if (!there.stream_url.empty()) open_stream(there, there.stream_url);
  });
}

void carrier::on_list(const request_head& head, const respond& answer) {
  std::vector<telnyx::carrier::listed_leg> legs;
  const auto after = head.parameter("page[after]");
  for (auto call = calls_.upper_bound(after); call != calls_.end() && legs.size() < page_bound; ++call)
    legs.push_back(
        {call->first, call->second->over.client_state,
         std::chrono::duration_cast<std::chrono::seconds>(home_.now() - call->second->up_since).count()});
  const bool more = !legs.empty() && calls_.upper_bound(legs.back().call_control_id) != calls_.end();
  answer({.body = telnyx::carrier::active_calls_body(
              legs, more ? std::string_view(legs.back().call_control_id) : std::string_view())});
}

void carrier::on_events(const request_head& head, const respond& answer) {
  const auto id = head.parameter("filter[leg_id]");
  const auto call = calls_.find(id);
  if (call == calls_.end()) return answer({.body = telnyx::carrier::call_events_body(id, {})});
  answer({.body = telnyx::carrier::call_events_body(id, call->second->events)});
}

void carrier::on_status(std::string_view id, const respond& answer) {
  const auto known = url::decoded(id);
  if (!known) return answer(not_found());
  if (const auto call = calls_.find(*known); call != calls_.end())
    return answer({.body = telnyx::carrier::leg_body(*known, call->second->over.client_state, true)});
  if (std::ranges::find(ended_, *known) != ended_.end())
    return answer({.body = telnyx::carrier::leg_body(*known, {}, false)});
  answer(not_found());
}

/// Why the leg cannot do this now, if so.
std::optional<server_answer> carrier::refusal(const leg& call, const std::string& action,
                                              const command& wanted) const {
  if (action == "answer" && call.outgoing)
    return refusal_of(422, "90102", "Answer is not allowed on an outbound call");
  if (action == "reject" && wanted.cause != "USER_BUSY" && wanted.cause != "CALL_REJECTED")
    return refusal_of(422, "10032", "Invalid enumerated value");
  const bool anytime = action == "answer" || action == "reject" || action == "hangup" ||
                       action == "client_state_update" || action == "transfer";
  if (!anytime && !call.answered) return refusal_of(422, telnyx::call_not_answered, "Call not answered yet");
  if (action == "streaming_start" && wanted.stream_url.empty())
    return refusal_of(422, "10004", "Missing required parameter: stream_url");
  if (action == "streaming_start" && call.stream && options_.second_stream == second_stream::refuses)
    return refusal_of(422, "90045", "Media streaming is in use");
  if (action == "transfer" && !telnyx::can_be_dialled(wanted.to))
    return refusal_of(422, "10016", "Phone number must be in +E164 format");
  if (action == "send_dtmf" && !telnyx::are_dtmf_digits(wanted.digits))
    return refusal_of(422, "90014", "Invalid value for digits");
  if (action == "speak" && (wanted.payload.empty() || wanted.payload.size() > 5000))
    return refusal_of(422, "90010", "Invalid value for payload");
  if (action == "speak" && call.stream) return refusal_of(422, "90045", "Media streaming is in use");
  if (action == "playback_start" && wanted.audio_url.empty())
    return refusal_of(422, "10004", "Missing required parameter: audio_url");
  if (action == "bridge" && !calls_.contains(wanted.call_control_id))
    return refusal_of(422, "90015", "Invalid Call Control ID");
  return std::nullopt;
}

bool carrier::on_command(leg& call, const std::string& action, const command& wanted, const respond& answer) {
  // What was accepted once is accepted again, and done once.
  if (call.commands.contains(wanted.command_id)) {
    answer({.body = telnyx::carrier::accepted_body()});
    return true;
  }
  if (auto why = refusal(call, action, wanted)) {
    answer(std::move(*why));
    return false;
  }
  if (!wanted.command_id.empty()) call.commands.insert(wanted.command_id);
  if (!wanted.client_state.empty()) call.over.client_state = wanted.client_state;
  call.first_command.cancel();
  call.events.push_back({action, "command", "{}", now_text()});
  answer({.body = telnyx::carrier::accepted_body()});
  perform(call, action, wanted);
  return true;
}

void carrier::perform(leg& call, const std::string& action, const command& wanted) {
  if (action == "answer") {
    answered(call);
    call.take_wishes(wanted);
    if (!wanted.stream_url.empty()) open_stream(call, wanted.stream_url);
  } else if (action == "streaming_start") {
    call.take_wishes(wanted);
    start_stream(call, wanted.stream_url);
  } else if (action == "streaming_stop") {
    // A stream that is over already is not stopped again, nor is another one in its place.
    const bool is_meant = wanted.stream_id.empty() || (call.stream && call.stream->id() == wanted.stream_id);
    if (is_meant) stop_stream(call);
  } else if (action == "hangup") {
    finish(call.id(), "engine", "");
  } else if (action == "reject") {
    finish(call.id(), "rejected", wanted.cause);
  } else if (action == "transfer") {
    transfer(call, wanted);
  } else if (action == "bridge") {
    bridge(call, *calls_.at(wanted.call_control_id));
  } else if (action == "send_dtmf") {
    call.keys += wanted.digits;
  } else if (action == "speak") {
    speak(call, wanted.payload);
  } else if (action == "playback_start") {
    notify(call, "call.playback.started");
  } else if (action == "playback_stop") {
    notify(call, "call.playback.ended");
  } else if (action == "record_stop") {
    notify(call, "call.recording.saved");
  }
}

}  // namespace tandem::lab
