#pragma once

#include "protocols/call_order.hpp"
#include "protocols/conversation/record.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Lists of numbers that are called one after the other: what is remembered of them, and its JSON as the API
/// gives it.
namespace tandem::campaigns {

/// Its call was going on, or about to be placed, when the process ended without a chance to say how it
/// ended. Beside `end_reason`'s.
inline constexpr std::string_view interrupted = "interrupted";
/// Somebody wished to be forgotten.
inline constexpr std::string_view forgotten = "forgotten";

/// When people may be called, by their own clocks.
struct calling_hours {
  /// As the IANA database names it, e.g. Europe/Berlin; empty = there are no hours, any time will do.
  std::string time_zone;
  /// Monday first.
  std::array<bool, 7> days{true, true, true, true, true, true, true};
  /// Minutes from midnight, 0 to 1440, the first before the second.
  std::uint16_t from = 0;
  std::uint16_t to = 1440;

  bool operator==(const calling_hours&) const = default;
};

/// When a number is called again.
struct retry_rule {
  /// Calls at most, the first one among them.
  std::uint32_t attempts = 1;
  /// After which ends of a call (see `end_reason` and `interrupted`), and how long after each.
  std::vector<std::pair<std::string, std::chrono::seconds>> on = usual(std::chrono::minutes(15));

  /// The ends after which another try makes sense.
  static std::vector<std::pair<std::string, std::chrono::seconds>> usual(std::chrono::seconds after);
  bool operator==(const retry_rule&) const = default;
};

/// How the numbers of a campaign are called.
struct plan {
  std::string name;
  /// Every call; `to` and the number's own metadata come with each number.
  call_order call;
  /// Calls at once at most.
  std::uint32_t concurrency = 1;
  /// Calls begun in a minute at most, evenly; 0 = as fast as there is room.
  std::uint32_t calls_per_minute = 0;
  calling_hours hours;
  retry_rule retry;

  bool operator==(const plan&) const = default;
};

/// How far a number is.
enum class entry_state : std::uint8_t {
  /// Its call is still to come, the first one or another.
  pending,
  calling,
  /// Somebody was reached.
  done,
  /// Nobody was, and there is no further try.
  failed,
  /// It was on the do-not-call list when its turn came.
  do_not_call
};

/// A number of a campaign.
struct entry {
  /// Its place in the list, from 1.
  std::uint32_t n = 0;
  /// As `telnyx::can_be_dialled` wants it; empty when it was forgotten.
  std::string number;
  /// Whose clock the calling hours go by there; empty = that of the hours.
  std::string time_zone;
  std::vector<std::pair<std::string, std::string>> metadata;
  entry_state state = entry_state::pending;
  /// Calls that were begun.
  std::uint32_t attempts = 0;
  /// Not before then.
  wall_time due_at{};
  /// The newest call, and how it ended.
  std::string call_id;
  std::string end_reason;

  bool is_settled() const { return state != entry_state::pending && state != entry_state::calling; }
  bool operator==(const entry&) const = default;
};

/// `stopped` and `finished` are for good.
enum class campaign_state : std::uint8_t { running, paused, stopped, finished };

/// How many numbers are how far.
struct counts {
  std::uint32_t pending = 0;
  std::uint32_t calling = 0;
  std::uint32_t done = 0;
  std::uint32_t failed = 0;
  std::uint32_t do_not_call = 0;

  bool operator==(const counts&) const = default;
};

/// A campaign without its numbers.
struct campaign_record {
  std::string id;
  std::string node;
  campaign_state state = campaign_state::running;
  /// Why it paused by itself; empty when it did not.
  std::string why;
  /// Whether there is nothing to do for it any more: it is over, and so are its calls.
  bool closed = false;
  wall_time created_at{};
  wall_time ended_at{};
  plan how;
  std::uint32_t duplicates = 0;
  counts numbers;

  bool operator==(const campaign_record&) const = default;
};

/// A number that must not be called.
struct barred_number {
  std::string number;
  wall_time since{};
  /// Who wanted it: `api`, or the id of the call in which it was said.
  std::string source;

  bool operator==(const barred_number&) const = default;
};

std::string_view to_string(entry_state state);
std::string_view to_string(campaign_state state);

/// The state of this name; `failed` and `stopped` for any other.
entry_state entry_state_of(std::string_view name);
campaign_state campaign_state_of(std::string_view name);

/// Each appends the API's JSON object; times not reached are null.
void append_json(std::string& out, const campaign_record& campaign);
void append_json(std::string& out, const entry& number);
void append_json(std::string& out, const barred_number& number);

}  // namespace tandem::campaigns
