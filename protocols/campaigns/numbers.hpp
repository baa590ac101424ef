#pragma once

#include "protocols/campaigns/record.hpp"
#include "protocols/json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::campaigns {

inline constexpr std::size_t most_numbers = 20000;
/// Faults that are told; there may be more.
inline constexpr std::size_t most_faults = 20;

/// What is wrong with a number, and where: a line of CSV, or the place in an array, both from 1.
struct number_fault {
  std::size_t at = 0;
  std::string what;
};

/// A list of numbers as it was read; with faults it must not be called.
struct number_list {
  std::vector<entry> entries;
  /// Numbers that were there before; they are left out.
  std::uint32_t duplicates = 0;
  std::vector<number_fault> faults;
};

/// Reads CSV (RFC 4180, UTF-8): a header that has `number` and may have `time_zone`, every other column is
/// metadata by its name. Empty lines are no fault.
number_list read_csv(std::string_view text);

/// Reads an array of numbers, each a text or `{"number","time_zone"?,"metadata"?:{…}}`.
number_list read_array(const json::value& array);

/// Reads the one or, when it is a text, the other.
number_list read_numbers(const json::value& list);

}  // namespace tandem::campaigns
