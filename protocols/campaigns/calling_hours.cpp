#include "protocols/campaigns/calling_hours.hpp"

#include <algorithm>
#include <date/tz.h>

namespace tandem::campaigns {

namespace {

/// Beyond a week: a zone that crossed the date line once lost a day.
constexpr int days_looked_at = 9;

const date::time_zone* find_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return nullptr;
  }
}

time_window never() { return {wall_time::max(), wall_time::max()}; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool is_time_zone(std::string_view name) { return !name.empty() && find_zone(name) != nullptr; }

time_window hours_at(const calling_hours& hours, std::string_view zone, wall_time now) {
  if (hours.time_zone.empty()) return {};
  const auto* where = find_zone(zone.empty() ? std::string_view(hours.time_zone) : zone);
  if (where == nullptr) return never();
  const auto today = date::floor<date::days>(where->to_local(now));
  // The hours of yesterday may end at midnight, which is now.
  for (int n = -1; n < days_looked_at; ++n) {
    const auto day = today + date::days(n);
    if (!hours.days[date::weekday(day).iso_encoding() - 1]) continue;
    const auto at = [&](std::uint16_t minutes) {
      return std::chrono::time_point_cast<std::chrono::milliseconds>(
          where->to_sys(day + std::chrono::minutes(minutes), date::choose::earliest));
    };
    const time_window window{at(hours.from), at(hours.to)};
    if (now < window.to) return window;
  }
  return never();
}

std::int32_t read_minutes(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  for (const auto at : {0U, 1U, 3U, 4U}) {
    if (!is_digit(text[at])) return -1;
  }
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const auto minutes = two(0) * 60 + two(3);
  return two(3) < 60 && minutes <= 1440 ? minutes : -1;
}

std::string to_text_minutes(std::uint16_t minutes) {
  const auto two = [](int number) { return std::string(number < 10 ? "0" : "") + std::to_string(number); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

}  // namespace tandem::campaigns
