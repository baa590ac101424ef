#include "protocols/conversation/record.hpp"

#include "protocols/json.hpp"

#include <array>
#include <cstddef>
#include <cstdio>
#include <ctime>

namespace tandem {

namespace {

void write(json::writer& out, std::string_view text) {
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void member(json::writer& out, std::string_view key, std::string_view text) {
  write(out, key);
  write(out, text);
}

void member(json::writer& out, std::string_view key, wall_time at) {
  write(out, key);
  if (at == wall_time{}) {
    out.Null();
  } else {
    write(out, to_rfc3339(at));
  }
}

void member(json::writer& out, std::string_view key, std::uint64_t number) {
  write(out, key);
  out.Uint64(number);
}

void write(json::writer& out, const call_cost& cost) {
  const auto amount = [&](std::string_view key, std::int64_t millionths) {
    write(out, key);
    out.Double(static_cast<double>(millionths) / 1e6);
  };
  write(out, "cost");
  out.StartObject();
  member(out, "currency", cost.currency);
  amount("total", cost.total());
  amount("carrier", cost.carrier);
  amount("stt", cost.stt);
  amount("tts", cost.tts);
  amount("llm", cost.llm);
  out.EndObject();
}

bool is_digit(char one) { return one >= '0' && one <= '9'; }

/// Takes one of these characters off the front; false when none of them stands there.
bool take_one(std::string_view& text, std::string_view of) {
  if (text.empty() || of.find(text.front()) == of.npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Takes a number of so many digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (; digits != 0; --digits) {
    if (!is_digit(text.front())) return std::nullopt;
    number = number * 10 + (text.front() - '0');
    text.remove_prefix(1);
  }
  return number;
}

/// Takes a zone off the front: how far it is ahead of UTC.
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
  if (take_one(text, "Zz")) return std::chrono::minutes(0);
  const bool behind = text.starts_with('-');
  if (!take_one(text, "+-")) return std::nullopt;
  const auto hours = take_number(text, 2);
  if (!hours || !take_one(text, ":")) return std::nullopt;
  const auto minutes = take_number(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes ahead(*hours * 60 + *minutes);
  return behind ? -ahead : ahead;
}

}  // namespace

std::string_view to_string(call_direction direction) {
  return direction == call_direction::incoming ? "incoming" : "outgoing";
}

std::string_view to_string(call_state state) {
  switch (state) {
    case call_state::ringing:
      return "ringing";
    case call_state::connected:
      return "connected";
    case call_state::ended:
      break;
  }
  return "ended";
}

std::string_view to_string(speaker who) { return who == speaker::caller ? "caller" : "agent"; }

std::string to_rfc3339(wall_time at) {
  auto since = at.time_since_epoch().count();
  auto seconds = since / 1000;
  auto milliseconds = since % 1000;
  if (milliseconds < 0) {
    milliseconds += 1000;
    --seconds;
  }
  auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  if (gmtime_r(&time, &parts) == nullptr) return "1970-01-01T00:00:00.000Z";
  char text[64];
  auto size = std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                            parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                            static_cast<int>(milliseconds));
  return std::string(text, static_cast<std::size_t>(size));
}

std::optional<std::chrono::sys_time<std::chrono::microseconds>> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  constexpr std::array<std::string_view, 6> before{"", "-", "-", "Tt ", ":", ":"};
  std::array<int, before.size()> parts{};
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (i != 0 && !take_one(text, before[i])) return std::nullopt;
    const auto number = take_number(text, i == 0 ? 4 : 2);
    if (!number) return std::nullopt;
    parts[i] = *number;
  }
  const year_month_day date(year(parts[0]), month(static_cast<unsigned>(parts[1])),
                            day(static_cast<unsigned>(parts[2])));
  // A minute may end with a leap second.
  if (!date.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return std::nullopt;
  int fraction = 0;
  if (take_one(text, ".")) {
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    for (int unit = 100'000; !text.empty() && is_digit(text.front()); unit /= 10) {
      fraction += unit * (text.front() - '0');
      text.remove_prefix(1);
    }
  }
  const auto ahead = take_zone(text);
  if (!ahead || !text.empty()) return std::nullopt;
  return sys_days(date) + hours(parts[3]) + minutes(parts[4]) + seconds(parts[5]) + microseconds(fraction) -
         *ahead;
}

void append_json(std::string& out, const call_record& call) {
  rapidjson::StringBuffer buffer;
  json::writer json(buffer);
  json.StartObject();
  member(json, "id", call.id);
  member(json, "node", call.node);
  member(json, "carrier_call_id", call.carrier_call_id);
  member(json, "direction", to_string(call.direction));
  member(json, "from", call.from);
  member(json, "to", call.to);
  member(json, "state", to_string(call.state));
  member(json, "started_at", call.started_at);
  member(json, "answered_at", call.answered_at);
  member(json, "ended_at", call.ended_at);
  write(json, "end_reason");
  if (call.state == call_state::ended) {
    write(json, call.end_reason);
  } else {
    json.Null();
  }
  member(json, "agent", call.agent);
  write(json, "metadata");
  json.StartObject();
  for (const auto& [key, text] : call.metadata) member(json, key, text);
  json.EndObject();
  write(json, "usage");
  json.StartObject();
  write(json, "stt_seconds");
  json.Double(call.usage.stt_seconds);
  member(json, "tts_characters", call.usage.tts_characters);
  member(json, "llm_input_tokens", call.usage.llm_input_tokens);
  member(json, "llm_output_tokens", call.usage.llm_output_tokens);
  json.EndObject();
  if (!call.cost.currency.empty()) write(json, call.cost);
  json.EndObject();
  out.append(buffer.GetString(), buffer.GetSize());
}

void append_json(std::string& out, const turn_record& turn) {
  rapidjson::StringBuffer buffer;
  json::writer json(buffer);
  json.StartObject();
  member(json, "n", std::uint64_t{turn.n});
  member(json, "role", to_string(turn.role));
  member(json, "text", turn.text);
  if (turn.role == speaker::agent) {
    member(json, "heard_text", turn.heard_text);
    write(json, "interrupted");
    json.Bool(turn.interrupted);
  }
  member(json, "started_at", turn.started_at);
  member(json, "ended_at", turn.ended_at);
  if (turn.latency_ms >= 0) member(json, "latency_ms", static_cast<std::uint64_t>(turn.latency_ms));
  if (turn.timing != turn_timing{}) {
    std::string timing;
    append_json(timing, turn.timing);
    write(json, "timing");
    json.RawValue(timing.data(), timing.size(), rapidjson::kObjectType);
  }
  json.EndObject();
  out.append(buffer.GetString(), buffer.GetSize());
}

}  // namespace tandem
