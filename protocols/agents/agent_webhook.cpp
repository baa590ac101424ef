#include "protocols/agents/agent_webhook.hpp"

#include "protocols/json_builder.hpp"
#include "protocols/json_checker.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_commands.hpp"

#include <array>

namespace tandem::agent_webhook {

namespace {

constexpr std::string_view blanks = " \t\r\n";

constexpr std::size_t max_digits = 64;
constexpr std::size_t max_values = 32;
constexpr std::int64_t max_timeout_ms = 60'000;
constexpr std::int64_t max_hold_seconds = 3600;
constexpr std::int64_t max_wait_seconds = 600;

struct kind_text {
  std::string_view name;
  /// What its detail is called.
  std::string_view detail;
};
constexpr std::array<kind_text, 9> kinds{{{"start", ""},
                                          {"turn", "text"},
                                          {"dtmf", "digits"},
                                          {"silence", ""},
                                          {"transfer_failed", ""},
                                          {"machine", "result"},
                                          {"hold_over", ""},
                                          {"interruption", "heard_text"},
                                          {"end", "reason"}}};

std::string spoken(json::checker& object, std::string_view key) {
  auto text = object.text(key);
  if (text.size() > max_text) object.fault(key, "must be at most " + std::to_string(max_text) + " bytes");
  return text;
}

ask read_ask(json::checker& object) {
  ask result{.text = spoken(object, "text")};
  object.object("digits", false, [&](json::checker& digits) {
    result.max_digits = static_cast<std::uint32_t>(digits.integer("max", 1, max_digits, std::nullopt));
    result.min_digits = static_cast<std::uint32_t>(digits.integer("min", 1, result.max_digits, 1));
    result.timeout_ms = static_cast<std::uint32_t>(digits.integer("timeout_ms", 500, max_timeout_ms, 5000));
    result.finish_key = digits.text_if("finish_key");
    if (result.finish_key.size() > 1 ||
        result.finish_key.find_first_not_of("0123456789*#") != std::string::npos)
      digits.fault("finish_key", "must be one of 0-9, * and #");
  });
  return result;
}

transfer read_transfer(json::checker& object, std::string_view key) {
  transfer result{object.text(key)};
  if (!result.to.empty() && !telnyx::can_be_dialled(result.to))
    object.fault(key, "must be a number as +4930123456 or a SIP address as sip:desk@example.com");
  return result;
}

send_dtmf read_dtmf(json::checker& object) {
  send_dtmf result{object.text("dtmf")};
  if (!result.digits.empty() &&
      (!telnyx::are_dtmf_digits(result.digits) || result.digits.size() > max_digits))
    object.fault("dtmf", "must be at most " + std::to_string(max_digits) + " of 0-9, A-D, *, #, w and W");
  return result;
}

std::string read_sound(json::checker& object, bool required) {
  auto url = required ? object.text("play") : object.text_if("play");
  if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://"))
    object.fault("play", "must be an http or https URL");
  if (url.size() > max_text) object.fault("play", "must be at most " + std::to_string(max_text) + " bytes");
  return url;
}

hold read_hold(json::checker& object) {
  hold result{read_sound(object, false)};
  if (object.has("seconds"))
    result.seconds = static_cast<std::uint32_t>(object.integer("seconds", 1, max_hold_seconds, std::nullopt));
  return result;
}

set read_set(json::checker& object) {
  set result{object.text_members("set")};
  if (result.values.size() > max_values)
    object.fault("set", "must have at most " + std::to_string(max_values) + " members");
  for (const auto& [key, text] : result.values) {
    if (key.empty() || key.size() + text.size() > max_text)
      object.fault("set", "has an empty or too long member");
  }
  return result;
}

/// The member that an action is named by decides; any other is reported as unknown.
action read_one(json::checker& object) {
  if (object.has("say")) return say{spoken(object, "say")};
  if (object.has("ask")) {
    ask result;
    if (object.is_text("ask")) return ask{.text = spoken(object, "ask")};
    object.object("ask", true, [&](json::checker& inner) { result = read_ask(inner); });
    return result;
  }
  if (object.has("transfer")) {
    if (object.is_text("transfer")) return read_transfer(object, "transfer");
    transfer result;
    object.object("transfer", true, [&](json::checker& inner) { result = read_transfer(inner, "to"); });
    return result;
  }
  if (object.has("hang_up")) {
    if (!object.boolean("hang_up", true)) object.fault("hang_up", "must be true");
    return hang_up{};
  }
  if (object.has("hold")) {
    hold result;
    if (!object.is_object("hold")) {
      if (!object.boolean("hold", true))
        object.fault("hold", "must be true, or an object with play and seconds");
      return result;
    }
    object.object("hold", true, [&](json::checker& inner) { result = read_hold(inner); });
    return result;
  }
  if (object.has("wait"))
    return wait{static_cast<std::uint32_t>(object.integer("wait", 1, max_wait_seconds, std::nullopt))};
  if (object.has("dtmf")) return read_dtmf(object);
  if (object.has("play")) return play{read_sound(object, true)};
  if (object.has("set")) return read_set(object);
  object.fault({}, "must be an action: say, ask, transfer, hang_up, hold, wait, dtmf, play or set");
  return hang_up{};
}

tl::unexpected<std::string> first_of(const std::vector<std::string>& faults) {
  return tl::unexpected(faults.front());
}

std::string_view without_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos ? std::string_view{}
                                         : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

}  // namespace

std::string_view to_string(event_kind kind) { return kinds[static_cast<std::size_t>(kind)].name; }

std::string event_body(const event& what) {
  const auto& kind = kinds[static_cast<std::size_t>(what.kind)];
  std::string out;
  {
    json::builder body(out);
    body.text("event", kind.name).text("id", what.id).text("at", what.at);
    if (!kind.detail.empty()) body.text(kind.detail, what.detail);
    if (what.kind == event_kind::machine) body.boolean("beep", what.beep);
    {
      json::builder call(body.raw("call"));
      call.text("id", what.call_id)
          .text("direction", what.direction)
          .text_if("from", what.from)
          .text_if("to", what.to);
      json::builder metadata(call.raw("metadata"));
      for (const auto& [key, text] : what.metadata) metadata.text(key, text);
    }
    auto& history = body.raw("history");
    history += '[';
    for (const auto& each : what.history) {
      if (history.back() != '[') history += ',';
      json::builder turn(history);
      turn.text("role", each.by_agent ? "agent" : "caller").text("text", each.text);
      if (each.interrupted) turn.boolean("interrupted", true);
    }
    history += ']';
  }
  return out;
}

tl::expected<action, std::string> read_action(std::string line) {
  json::document document;
  if (const auto why = document.parse(line, {.bytes = max_line}); why != json::fault::none)
    return tl::unexpected("an action: " + std::string(json::to_string(why)));
  std::vector<std::string> faults;
  action result;
  {
    json::checker object(document.root(), "action", faults);
    result = read_one(object);
  }
  if (!faults.empty()) return first_of(faults);
  return result;
}

tl::expected<std::vector<action>, std::string> read_actions(std::string body) {
  std::vector<action> result;
  if (without_blanks(body).empty()) return result;
  json::document document;
  if (const auto why = document.parse(body); why != json::fault::none)
    return tl::unexpected("the answer: " + std::string(json::to_string(why)));
  std::vector<std::string> faults;
  {
    json::checker object(document.root(), "answer", faults);
    if (object.has("actions"))
      object.objects("actions", 0, [&](json::checker& each) { result.push_back(read_one(each)); });
    else if (document.root().MemberCount() > 0)
      result.push_back(read_one(object));
  }
  if (!faults.empty()) return first_of(faults);
  if (result.size() > max_actions)
    return tl::unexpected("actions: must be at most " + std::to_string(max_actions));
  return result;
}

bool line_cutter::add(std::string_view bytes, std::vector<std::string>& lines) {
  while (!bytes.empty() && !too_long_) {
    const auto end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > max_line) {
      too_long_ = true;
      break;
    }
    if (end == std::string_view::npos) break;
    finish(lines);
    bytes.remove_prefix(end + 1);
  }
  return !too_long_;
}

void line_cutter::finish(std::vector<std::string>& lines) {
  if (too_long_) return;
  if (const auto line = without_blanks(line_); !line.empty()) lines.emplace_back(line);
  line_.clear();
}

}  // namespace tandem::agent_webhook
