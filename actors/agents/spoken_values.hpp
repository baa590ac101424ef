#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What callers say for numbers, times and days, in English.
namespace tandem {

/// The same thing for a machine ("19:30", "4", "friday") and for a voice ("seven thirty", "four", "Friday").
struct spoken_value {
  std::string value;
  std::string spoken;

  bool operator==(const spoken_value&) const = default;
};

/// A number at the front of some words, and how many words it takes.
struct spoken_number {
  std::size_t words = 0;
  int number = 0;
};

/// 0 to 999, in words or digits; "a couple" and "a dozen" too.
std::optional<spoken_number> parse_number(std::span<const std::string> words);

/// A time of day at the front of some words: minutes from midnight. What leaves open which half of the day
/// is meant ("seven", "half past seven") has `afternoon` as the other reading.
struct spoken_time {
  std::size_t words = 0;
  int minutes = 0;
  std::optional<int> afternoon;
};

std::optional<spoken_time> parse_time(std::span<const std::string> words);

/// A weekday, today, tonight or tomorrow, when the word is one.
std::optional<spoken_value> parse_day(std::string_view word);

/// 0 to 999 in words.
std::string speak_number(int number);

/// A time of day as a voice says it ("seven thirty", "seven o'clock"), without its half of the day.
std::string speak_time(int minutes);

/// HH:MM.
std::string write_time(int minutes);

/// Minutes from midnight of HH:MM, 00:00 to 24:00.
std::optional<int> read_time(std::string_view text);

/// Every day that `parse_day` knows, as a voice says it.
std::vector<std::string> all_days();

}  // namespace tandem
