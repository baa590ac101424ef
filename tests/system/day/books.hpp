#pragma once

#include "protocols/conversation/record.hpp"
#include "protocols/records/prices.hpp"
#include "tests/system/day/line.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::test {

/// A number of a campaign as the API tells it.
struct told_number {
  std::string number;
  std::string state;
  std::string call_id;
  std::string end_reason;
  std::int64_t attempts = 0;
};

/// Every call that the engine knows, page by page of a few, newest first.
std::vector<call_record> told_calls(lab::engine_view& view);

std::vector<told_number> told_numbers(lab::engine_view& view, const std::string& campaign);

/// One run of the engine's process, and what the lab had counted when it was over.
struct day_life {
  wall_time died{};
  bool killed = false;
  std::uint64_t heard_bytes = 0;
  std::uint64_t characters = 0;
};

/// Everything that is known of the day when it is over.
struct day_books {
  std::vector<day_life> lives;
  std::vector<lab::call_outcome> legs;
  std::vector<call_record> calls;
  std::vector<told_number> numbers;
  records::price_table prices;
  std::size_t concurrency = 0;
  std::uint32_t attempts = 0;
  /// Where the recordings are.
  std::string folder;
};

/// Checks that engine and lab tell the same of the day.
void audit(const day_books& books);

}  // namespace tandem::test
