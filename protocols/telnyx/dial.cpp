#include "protocols/telnyx/dial.hpp"

#include "protocols/base64.hpp"
#include "protocols/telnyx/command_members.hpp"
#include "protocols/url.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::telnyx {
namespace {

using enum machine_detection;

constexpr std::array<std::pair<machine_detection, std::string_view>, 6> detections{{
    {disabled, "disabled"},
    {detect, "detect"},
    {detect_beep, "detect_beep"},
    {detect_words, "detect_words"},
    {greeting_end, "greeting_end"},
    {premium, "premium"},
}};

/// At most so many bytes, without cutting a character of UTF-8 in two.
std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

leg read_one(const json::value& object, bool alive_unless_told) {
  const auto state = json::text_or(object, "client_state");
  const auto* given = json::find(object, "client_state");
  return {.call_control_id = std::string(json::text_or(object, "call_control_id")),
          .call_leg_id = std::string(json::text_or(object, "call_leg_id")),
          .call_session_id = std::string(json::text_or(object, "call_session_id")),
          .client_state = base64::decoded_text(state).value_or(""),
          .is_unclaimed = given == nullptr || json::text(*given) == "",
          .is_alive = json::boolean(object, "is_alive").value_or(alive_unless_told)};
}

}  // namespace

std::string_view to_string(machine_detection mode) {
  for (const auto& [each, name] : detections) {
    if (each == mode) return name;
  }
  return "disabled";
}

std::optional<machine_detection> read_machine_detection(std::string_view name) {
  for (const auto& [each, known] : detections) {
    if (known == name) return each;
  }
  return std::nullopt;
}

bool can_be_dialled(std::string_view to) {
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>'; };
  if (to.starts_with("sip:") || to.starts_with("sips:")) {
    const auto at = to.find('@');
    return at != std::string_view::npos && to.find(':') + 1 < at && at + 1 < to.size() && to.size() <= 256 &&
           std::all_of(to.begin(), to.end(), is_plain);
  }
  if (!to.starts_with('+')) return false;
  to.remove_prefix(1);
  return to.size() >= 7 && to.size() <= 15 && to.front() != '0' &&
         to.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string dial_body(const dial_options& options) {
  std::string out;
  {
    json::builder body(out);
    body.text("connection_id", options.connection_id)
        .text("to", options.to)
        .text("from", options.from)
        .text_if("from_display_name", cut(options.from_display_name, 128));
    if (options.timeout_seconds != 0)
      body.integer("timeout_secs", std::clamp(options.timeout_seconds, 5U, 600U));
    if (options.time_limit_seconds != 0)
      body.integer("time_limit_secs", std::clamp(options.time_limit_seconds, 30U, 14400U));
    if (options.detection != disabled) body.text("answering_machine_detection", to_string(options.detection));
    if (!options.stream_url.empty()) add_stream(body, options.stream_url, options.codec);
    body.boolean("send_silence_when_idle", true);
    add_command_members(body, options.client_state, options.command_id);
  }
  return out;
}

tl::expected<leg, json::fault> read_leg(std::string body) {
  json::document document;
  if (const auto why = document.parse(body); why != json::fault::none) return tl::unexpected(why);
  const auto* data = json::find(document.root(), "data");
  if (data == nullptr || json::text_or(*data, "call_control_id").empty())
    return tl::unexpected(json::fault::bad_field);
  return read_one(*data, false);
}

tl::expected<active_calls, json::fault> read_active_calls(std::string body) {
  json::document document;
  if (const auto why = document.parse(body); why != json::fault::none) return tl::unexpected(why);
  const auto* data = json::find(document.root(), "data");
  if (data == nullptr || !data->IsArray()) return tl::unexpected(json::fault::bad_field);
  active_calls page;
  for (const auto& each : json::elements(document.root(), "data")) {
    auto one = read_one(each, true);
    if (!one.call_control_id.empty()) page.legs.push_back(std::move(one));
  }
  if (const auto* meta = json::find(document.root(), "meta"))
    if (const auto* cursors = json::find(*meta, "cursors")) page.after = json::text_or(*cursors, "after");
  return page;
}

std::string leg_path(std::string_view call_control_id) {
  std::string path = "/calls/";
  url::append_encoded(path, call_control_id);
  return path;
}

std::string active_calls_path(std::string_view connection_id, std::string_view after) {
  std::string path = "/connections/";
  url::append_encoded(path, connection_id);
  path += "/active_calls?page%5Blimit%5D=250";
  if (!after.empty()) url::append_parameter(path, "page%5Bafter%5D", after);
  return path;
}

}  // namespace tandem::telnyx
