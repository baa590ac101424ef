#include "protocols/campaigns/plan.hpp"

#include "protocols/call_order_json.hpp"
#include "protocols/campaigns/calling_hours.hpp"
#include "protocols/json_members.hpp"
#include "protocols/telnyx/dial.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace tandem::campaigns {

namespace {

constexpr std::size_t longest_name = 256;
constexpr std::int64_t longest_wait = 30L * 86400;
constexpr std::array<std::string_view, 7> day_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

using fault = std::string;

std::optional<fault> read_days(const json::value& object, calling_hours& hours) {
  if (json::find(object, "days") == nullptr) return std::nullopt;
  hours.days.fill(false);
  for (const auto& each : json::elements(object, "days")) {
    const auto name = json::text(each).value_or("");
    const auto day = std::ranges::find(day_names, name);
    if (day == day_names.end()) return "days are mon, tue, wed, thu, fri, sat, sun";
    hours.days[static_cast<std::size_t>(day - day_names.begin())] = true;
  }
  if (std::ranges::find(hours.days, true) == hours.days.end()) return "days has at least one day";
  return std::nullopt;
}

std::optional<fault> read_hours(const json::value& body, calling_hours& hours) {
  const auto* object = json::find(body, "calling_hours");
  if (object == nullptr) return std::nullopt;
  if (!object->IsObject()) return "calling_hours is an object";
  if (auto unknown = json::unknown_member(*object, {"time_zone", "days", "from", "to"})) return unknown;
  hours.time_zone = json::text_or(*object, "time_zone");
  if (!is_time_zone(hours.time_zone)) return "time_zone is one of IANA's, e.g. America/Chicago";
  const auto from = read_minutes(json::text_or(*object, "from", "00:00"));
  const auto to = read_minutes(json::text_or(*object, "to", "24:00"));
  if (from < 0 || to < 0 || from >= to) return "from and to are HH:MM, from before to";
  hours.from = static_cast<std::uint16_t>(from);
  hours.to = static_cast<std::uint16_t>(to);
  return read_days(*object, hours);
}

bool is_end(std::string_view reason) {
  return reason == interrupted || std::ranges::find(end_reason::all, reason) != end_reason::all.end();
}

std::optional<fault> read_retry(const json::value& body, retry_rule& retry) {
  const auto* object = json::find(body, "retry");
  if (object == nullptr) return std::nullopt;
  if (!object->IsObject()) return "retry is an object";
  if (auto unknown = json::unknown_member(*object, {"attempts", "after_seconds", "on"})) return unknown;
  retry.attempts = 3;
  if (auto wrong = json::read_number(*object, "attempts", 1, 20, retry.attempts)) return wrong;
  std::chrono::seconds after = std::chrono::minutes(15);
  if (auto wrong = json::read_number(*object, "after_seconds", 1, longest_wait, after)) return wrong;
  retry.on = retry_rule::usual(after);
  const auto* on = json::find(*object, "on");
  if (on == nullptr) return std::nullopt;
  const auto add = [&](std::string_view reason) {
    if (is_end(reason)) retry.on.emplace_back(reason, after);
    return is_end(reason);
  };
  constexpr auto wrong_end = "on has ends of calls, e.g. busy, no_answer, machine";
  retry.on.clear();
  if (on->IsArray()) {
    for (const auto& each : on->GetArray()) {
      if (!add(json::text(each).value_or(""))) return wrong_end;
    }
    return std::nullopt;
  }
  if (!on->IsObject()) return wrong_end;
  for (const auto& each : on->GetObject()) {
    const std::string_view reason(each.name.GetString(), each.name.GetStringLength());
    if (!add(reason)) return wrong_end;
    if (auto wrong = json::read_number(*on, reason, 1, longest_wait, retry.on.back().second)) return wrong;
  }
  return std::nullopt;
}

std::optional<fault> read_all(const json::value& body, plan& how) {
  if (auto unknown = json::unknown_member(
          body, {"name", "from", "numbers", "concurrency", "calls_per_minute", "calling_hours", "retry",
                 "agent", "metadata", "machine_detection", "on_machine", "ring_seconds"}))
    return unknown;
  auto call = read_call_order(body);
  if (!call) return call.error();
  // Each number is the other end.
  auto whole = *call;
  whole.to = whole.from;
  if (!telnyx::can_be_dialled(call->from)) return "from is +, country code and number, or a SIP URI";
  if (auto wrong = fault_of(whole); !wrong.empty()) return wrong;
  how.call = std::move(*call);
  how.name = json::text_or(body, "name");
  if (how.name.size() > longest_name) return "name has at most 256 bytes";
  if (auto wrong = json::read_number(body, "concurrency", 1, 10000, how.concurrency)) return wrong;
  if (auto wrong = json::read_number(body, "calls_per_minute", 1, 60000, how.calls_per_minute)) return wrong;
  if (auto wrong = read_hours(body, how.hours)) return wrong;
  return read_retry(body, how.retry);
}

void append_hours(std::string& out, const calling_hours& hours) {
  json::builder object(out);
  object.text("time_zone", hours.time_zone);
  auto& days = object.raw("days") += '[';
  for (std::size_t day = 0; day < day_names.size(); ++day) {
    if (!hours.days[day]) continue;
    if (days.back() != '[') days += ',';
    json::append_quoted(days, day_names[day]);
  }
  days += ']';
  object.text("from", to_text_minutes(hours.from)).text("to", to_text_minutes(hours.to));
}

void append_retry(std::string& out, const retry_rule& retry) {
  json::builder object(out);
  object.integer("attempts", retry.attempts);
  json::builder on(object.raw("on"));
  for (const auto& [reason, after] : retry.on) on.integer(reason, after.count());
}

}  // namespace

tl::expected<plan, std::string> read_plan(const json::value& object) {
  if (!object.IsObject()) return tl::unexpected(std::string("a campaign is an object"));
  plan how;
  if (auto wrong = read_all(object, how)) return tl::unexpected(std::move(*wrong));
  return how;
}

void append_json(std::string& out, const plan& how) {
  json::builder object(out);
  object.text("name", how.name).integer("concurrency", how.concurrency);
  if (how.calls_per_minute > 0) object.integer("calls_per_minute", how.calls_per_minute);
  if (!how.hours.time_zone.empty()) append_hours(object.raw("calling_hours"), how.hours);
  append_retry(object.raw("retry"), how.retry);
  add_members(object, how.call);
}

}  // namespace tandem::campaigns
