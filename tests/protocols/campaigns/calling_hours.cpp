#include "protocols/campaigns/calling_hours.hpp"

#include <chrono>

#include <doctest/doctest.h>

namespace tandem::campaigns {

namespace {

using namespace std::chrono_literals;

wall_time utc(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  const std::chrono::sys_days date =
      std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day);
  return wall_time(date.time_since_epoch() + std::chrono::hours(hour) + std::chrono::minutes(minute));
}

/// Monday to Friday, 9 to 17.
calling_hours office(const char* zone) {
  return {
      .time_zone = zone, .days = {true, true, true, true, true, false, false}, .from = 9 * 60, .to = 17 * 60};
}

void check(const time_window& got, wall_time from, wall_time to) {
  CHECK(to_rfc3339(got.from) == to_rfc3339(from));
  CHECK(to_rfc3339(got.to) == to_rfc3339(to));
}

}  // namespace

TEST_CASE("hours go by the clock of the zone, in summer and in winter") {
  const auto berlin = office("Europe/Berlin");
  check(hours_at(berlin, "", utc(2026, 7, 1, 12)), utc(2026, 7, 1, 7), utc(2026, 7, 1, 15));
  check(hours_at(berlin, "", utc(2026, 1, 7, 12)), utc(2026, 1, 7, 8), utc(2026, 1, 7, 16));
}

TEST_CASE("before and after the hours the next ones are told") {
  const auto berlin = office("Europe/Berlin");
  check(hours_at(berlin, "", utc(2026, 7, 1, 5)), utc(2026, 7, 1, 7), utc(2026, 7, 1, 15));
  check(hours_at(berlin, "", utc(2026, 7, 1, 15)), utc(2026, 7, 2, 7), utc(2026, 7, 2, 15));
  // Friday evening.
  check(hours_at(berlin, "", utc(2026, 7, 3, 20)), utc(2026, 7, 6, 7), utc(2026, 7, 6, 15));
}

TEST_CASE("the first moment is within the hours, the last one is not") {
  const auto window = hours_at(office("Europe/Berlin"), "", utc(2026, 7, 1, 12));
  CHECK(window.holds(utc(2026, 7, 1, 7)));
  CHECK(window.holds(utc(2026, 7, 1, 15) - 1ms));
  CHECK_FALSE(window.holds(utc(2026, 7, 1, 15)));
  CHECK_FALSE(window.holds(utc(2026, 7, 1, 7) - 1ms));
}

TEST_CASE("a number's own zone goes before that of the hours") {
  check(hours_at(office("Europe/Berlin"), "America/Los_Angeles", utc(2026, 7, 1, 12)), utc(2026, 7, 1, 16),
        utc(2026, 7, 2, 0));
}

TEST_CASE("hours until midnight end with the day, and days may follow without a gap") {
  calling_hours always{.time_zone = "Asia/Kolkata"};
  const auto window = hours_at(always, "", utc(2026, 7, 1, 12));
  check(window, utc(2026, 6, 30, 18, 30), utc(2026, 7, 1, 18, 30));
  check(hours_at(always, "", window.to), utc(2026, 7, 1, 18, 30), utc(2026, 7, 2, 18, 30));
}

TEST_CASE("on the day when clocks go forward or back the hours are as the clock says") {
  calling_hours night{.time_zone = "America/New_York", .from = 60, .to = 4 * 60};
  // 2:00 does not exist: from 1:00 to 4:00 are two hours.
  check(hours_at(night, "", utc(2026, 3, 8, 6)), utc(2026, 3, 8, 6), utc(2026, 3, 8, 8));
  // 1:00 comes twice: from the first one they are four.
  check(hours_at(night, "", utc(2026, 11, 1, 5)), utc(2026, 11, 1, 5), utc(2026, 11, 1, 9));
  // Hours that begin at a time which does not exist begin where the clock jumps.
  night.from = 150;
  check(hours_at(night, "", utc(2026, 3, 8, 6)), utc(2026, 3, 8, 7), utc(2026, 3, 8, 8));
}

TEST_CASE("a zone that skipped a day has hours on the next one") {
  calling_hours friday{.time_zone = "Pacific/Apia", .from = 600, .to = 660};
  friday.days = {false, false, false, false, true, false, false};
  // There was no Friday the 30th of December 2011.
  check(hours_at(friday, "", utc(2011, 12, 30, 12)), utc(2012, 1, 5, 20), utc(2012, 1, 5, 21));
}

TEST_CASE("without a zone it is always time, without a day or in an unknown zone never") {
  CHECK(hours_at({}, "", utc(2026, 7, 1)).holds(utc(1990, 1, 1)));
  calling_hours none{.time_zone = "UTC"};
  none.days.fill(false);
  CHECK(hours_at(none, "", utc(2026, 7, 1)).from == wall_time::max());
  CHECK(hours_at(office("Mars/Olympus"), "", utc(2026, 7, 1)).from == wall_time::max());
  CHECK(hours_at(office("UTC"), "../../etc/passwd", utc(2026, 7, 1)).from == wall_time::max());
}

TEST_CASE("zones are IANA's") {
  for (const auto* name : {"Europe/Berlin", "America/Chicago", "UTC"}) CHECK(is_time_zone(name));
  for (const auto* name : {"", "Berlin", "EST5EDT4", "../etc/passwd"}) CHECK_FALSE(is_time_zone(name));
}

TEST_CASE("times of day are HH:MM") {
  CHECK(read_minutes("00:00") == 0);
  CHECK(read_minutes("09:30") == 570);
  CHECK(read_minutes("24:00") == 1440);
  for (const auto* text : {"", "9:30", "24:01", "12:60", "ab:cd", "12-30", "12:300", "-1:00"})
    CHECK(read_minutes(text) == -1);
  CHECK(to_text_minutes(570) == "09:30");
  CHECK(to_text_minutes(1440) == "24:00");
}

}  // namespace tandem::campaigns
