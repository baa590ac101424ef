#pragma once

#include "protocols/campaigns/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::campaigns {

/// From the first time on until before the second.
struct time_window {
  wall_time from = wall_time::min();
  wall_time to = wall_time::max();

  bool holds(wall_time at) const { return from <= at && at < to; }
};

/// Whether the system's time zone database has a zone of this name.
bool is_time_zone(std::string_view name);

/// The hours around `now`, or else the next ones. Days on which the clock is changed are as long as they
/// are there. `zone` is somebody's own time zone; empty = that of the hours. With no day, or in a zone that
/// nobody knows, it is never time.
time_window hours_at(const calling_hours& hours, std::string_view zone, wall_time now);

/// `HH:MM` from 00:00 to 24:00 as minutes from midnight, and back; -1 when it is none.
std::int32_t read_minutes(std::string_view text);
std::string to_text_minutes(std::uint16_t minutes);

}  // namespace tandem::campaigns
