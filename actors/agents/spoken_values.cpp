#include "actors/agents/spoken_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace tandem {

namespace {

using namespace std::string_view_literals;
using words = std::span<const std::string>;

constexpr std::array small{"zero"sv,    "one"sv,     "two"sv,       "three"sv,    "four"sv,
                           "five"sv,    "six"sv,     "seven"sv,     "eight"sv,    "nine"sv,
                           "ten"sv,     "eleven"sv,  "twelve"sv,    "thirteen"sv, "fourteen"sv,
                           "fifteen"sv, "sixteen"sv, "seventeen"sv, "eighteen"sv, "nineteen"sv};
constexpr std::array tens{"twenty"sv, "thirty"sv,  "forty"sv,  "fifty"sv,
                          "sixty"sv,  "seventy"sv, "eighty"sv, "ninety"sv};
constexpr std::array days{"Monday"sv,   "Tuesday"sv, "Wednesday"sv, "Thursday"sv, "Friday"sv,
                          "Saturday"sv, "Sunday"sv,  "today"sv,     "tonight"sv,  "tomorrow"sv};
constexpr int hour = 60;
constexpr int half_day = 12 * hour;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::optional<int> digits(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size() && !text.empty();
  return whole && is_digit(text.front()) ? std::optional(number) : std::nullopt;
}

template <std::size_t N>
std::optional<int> index(const std::array<std::string_view, N>& names, std::string_view word) {
  const auto found = std::find(names.begin(), names.end(), word);
  return found == names.end() ? std::nullopt : std::optional(static_cast<int>(found - names.begin()));
}

bool is(words text, std::size_t at, std::string_view word) { return at < text.size() && text[at] == word; }

// 0 to 99.
std::optional<spoken_number> parse_small(words text) {
  if (text.empty()) return std::nullopt;
  if (const auto n = index(small, text[0])) return spoken_number{1, *n};
  const auto ten = index(tens, text[0]);
  if (!ten) return std::nullopt;
  const int number = 20 + *ten * 10;
  if (text.size() > 1)
    if (const auto unit = index(small, text[1]); unit && *unit > 0 && *unit < 10)
      return spoken_number{2, number + *unit};
  return spoken_number{1, number};
}

// The minutes that can follow an hour: "thirty", "forty five", "oh five", "15".
std::optional<spoken_number> parse_minutes(words text) {
  if (text.empty()) return std::nullopt;
  if (text[0] == "oh" || text[0] == "o") {
    const auto rest = parse_small(text.subspan(1));
    return rest && rest->number < 10 ? std::optional(spoken_number{1 + rest->words, rest->number})
                                     : std::nullopt;
  }
  auto found = parse_small(text);
  if (!found)
    if (const auto number = digits(text[0]); number && text[0].size() == 2) found = {1, *number};
  return found && found->number >= 10 && found->number < hour ? found : std::nullopt;
}

// Reads "am", "pm", "in the evening" … behind a time, which then has one reading only.
void parse_half(words text, spoken_time& time) {
  auto at = time.words;
  std::size_t taken = 0;
  bool late = false;
  if (is(text, at, "am") || is(text, at, "pm")) {
    late = text[at] == "pm";
    taken = 1;
  } else if ((is(text, at, "a") || is(text, at, "p")) && is(text, at + 1, "m")) {
    late = text[at] == "p";
    taken = 2;
  } else if (is(text, at, "in") && is(text, at + 1, "the") && at + 2 < text.size()) {
    const auto& part = text[at + 2];
    if (part != "morning" && part != "afternoon" && part != "evening") return;
    late = part != "morning";
    taken = 3;
  } else if (is(text, at, "at") && is(text, at + 1, "night")) {
    late = true;
    taken = 2;
  } else {
    return;
  }
  time.words += taken;
  if (!time.afternoon) return;
  if (late) time.minutes = *time.afternoon;
  time.afternoon.reset();
}

spoken_time clock_time(std::size_t taken, int hours, int minutes) {
  const int total = (hours % 24) * hour + minutes;
  if (hours > 12 || hours == 0) return {taken, total, std::nullopt};
  // Twelve is midnight in its first reading and noon in its second.
  const int early = total % half_day;
  return {taken, early, early + half_day};
}

std::optional<spoken_number> parse_hour(words text) {
  if (text.empty()) return std::nullopt;
  auto found = parse_small(text);
  if (!found)
    if (const auto number = digits(text[0])) found = {1, *number};
  return found && found->number <= 24 ? found : std::nullopt;
}

// "half past seven", "a quarter to eight", "ten past six".
std::optional<spoken_time> parse_relative(words text) {
  std::size_t at = is(text, 0, "a") ? 1 : 0;
  int minutes = 0;
  if (is(text, at, "half") || is(text, at, "quarter")) {
    minutes = text[at] == "half" ? 30 : 15;
    ++at;
  } else if (const auto number = at == 0 ? parse_small(text) : std::nullopt; number && number->number < 30) {
    minutes = number->number;
    at = number->words;
    if (is(text, at, "minutes")) ++at;
  } else {
    return std::nullopt;
  }
  const bool before = is(text, at, "to") || is(text, at, "before");
  if (!before && !is(text, at, "past") && !is(text, at, "after")) return std::nullopt;
  const auto hours = parse_hour(text.subspan(at + 1));
  if (!hours || hours->number == 0 || hours->number > 12) return std::nullopt;
  at += 1 + hours->words;
  if (!before) return clock_time(at, hours->number, minutes);
  return clock_time(at, hours->number == 1 ? 12 : hours->number - 1, hour - minutes);
}

}  // namespace

std::optional<spoken_number> parse_number(words text) {
  if (text.empty()) return std::nullopt;
  if (is(text, 0, "a") && text.size() > 1) {
    if (is(text, 1, "couple")) return spoken_number{2, 2};
    if (is(text, 1, "dozen")) return spoken_number{2, 12};
  }
  const std::size_t article = is(text, 0, "a") && is(text, 1, "hundred") ? 1 : 0;
  if (const auto number = digits(text[0])) {
    return *number < 1000 ? std::optional(spoken_number{1, *number}) : std::nullopt;
  }
  auto found = article ? spoken_number{1, 1} : parse_small(text).value_or(spoken_number{});
  if (found.words == 0) return std::nullopt;
  if (found.number == 0 || found.number > 9 || !is(text, found.words, "hundred")) return found;
  found = {found.words + 1, found.number * 100};
  const std::size_t link = is(text, found.words, "and") ? 1 : 0;
  if (const auto rest = parse_small(text.subspan(found.words + link)); rest && rest->number > 0)
    found = {found.words + link + rest->words, found.number + rest->number};
  return found;
}

std::optional<spoken_time> parse_time(words text) {
  if (text.empty()) return std::nullopt;
  if (text[0] == "noon" || text[0] == "midday") return spoken_time{1, half_day, std::nullopt};
  if (text[0] == "midnight") return spoken_time{1, 0, std::nullopt};
  std::optional<spoken_time> time = parse_relative(text);
  if (!time) {
    if (const auto colon = text[0].find(':'); colon != std::string::npos) {
      const auto hours = digits(std::string_view(text[0]).substr(0, colon));
      const auto minutes = digits(std::string_view(text[0]).substr(colon + 1));
      if (!hours || !minutes || *hours > 24 || *minutes >= hour) return std::nullopt;
      time = clock_time(1, *hours, *minutes);
    } else if (const auto hours = parse_hour(text)) {
      std::size_t taken = hours->words;
      int minutes = 0;
      if (is(text, taken, "o'clock")) {
        ++taken;
      } else if (const auto more = parse_minutes(text.subspan(taken))) {
        minutes = more->number;
        taken += more->words;
      }
      time = clock_time(taken, hours->number, minutes);
    } else {
      return std::nullopt;
    }
  }
  parse_half(text, *time);
  return time;
}

std::optional<spoken_value> parse_day(std::string_view word) {
  for (const auto day : days) {
    std::string value(day);
    value[0] = lower(value[0]);
    if (word == value) return spoken_value{value, std::string(day)};
  }
  return std::nullopt;
}

std::string speak_number(int number) {
  number = std::clamp(number, 0, 999);
  std::string out;
  if (number >= 100) {
    out = std::string(small[static_cast<std::size_t>(number / 100)]) + " hundred";
    if ((number %= 100) == 0) return out;
    out += " and ";
  }
  if (number < 20) return out.append(small[static_cast<std::size_t>(number)]);
  out += tens[static_cast<std::size_t>(number / 10 - 2)];
  if (number % 10 != 0) (out += ' ') += small[static_cast<std::size_t>(number % 10)];
  return out;
}

std::string speak_time(int minutes) {
  const int hours = minutes / hour % 12;
  auto out = speak_number(hours == 0 ? 12 : hours);
  const int rest = minutes % hour;
  if (rest == 0) return out + " o'clock";
  return out + (rest < 10 ? " oh " : " ") + speak_number(rest);
}

std::string write_time(int minutes) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d", minutes / hour % 24, minutes % hour);
  return text;
}

std::optional<int> read_time(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = digits(text.substr(0, 2));
  const auto minutes = digits(text.substr(3));
  if (!hours || !minutes || *minutes >= hour || *hours * hour + *minutes > 24 * hour) return std::nullopt;
  return *hours * hour + *minutes;
}

std::vector<std::string> all_days() { return {days.begin(), days.end()}; }

}  // namespace tandem
