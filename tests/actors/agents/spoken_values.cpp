#include "actors/agents/spoken_values.hpp"

#include "actors/agents/spoken_words.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using list = std::vector<std::string>;

std::string number(const std::string& text) {
  const auto found = parse_number(spoken_words(text));
  return found ? std::to_string(found->number) + "/" + std::to_string(found->words) : "none";
}

std::string time(const std::string& text) {
  const auto found = parse_time(spoken_words(text));
  if (!found) return "none";
  auto all = write_time(found->minutes);
  if (found->afternoon) all += "|" + write_time(*found->afternoon);
  return all + "/" + std::to_string(found->words);
}

}  // namespace

TEST_CASE("words are compared without case, punctuation and contractions") {
  CHECK(spoken_words("  Hello, it's ME -- \"O'Neill\"! ") == list{"hello", "it", "is", "me", "o'neill"});
  CHECK(spoken_words("I\u2019d don\u2019t 'quoted'") == list{"i", "would", "do", "not", "quoted"});
  CHECK(spoken_words("at 7.30 p.m., or 7:45pm. Or 8.") ==
        list{"at", "7:30", "pm", "or", "7:45", "pm", "or", "8"});
  CHECK(spoken_words("caf\u00e9 1st") == list{"caf\u00e9", "1", "st"});
  CHECK(spoken_words("... ' : -").empty());
  CHECK(spoken_words("").empty());
}

TEST_CASE("numbers are read in words and in digits") {
  CHECK(number("four people") == "4/1");
  CHECK(number("twenty five of us") == "25/2");
  CHECK(number("twenty-five") == "25/2");
  CHECK(number("thirty ten") == "30/1");
  CHECK(number("zero") == "0/1");
  CHECK(number("a couple of people") == "2/2");
  CHECK(number("a hundred and five guests") == "105/4");
  CHECK(number("three hundred twenty one") == "321/4");
  CHECK(number("12") == "12/1");
  CHECK(number("1200") == "none");
  CHECK(number("99999999999") == "none");
  CHECK(number("a table") == "none");
  CHECK(number("") == "none");
}

TEST_CASE("times are read the way people say and write them") {
  CHECK(time("seven") == "07:00|19:00/1");
  CHECK(time("seven o'clock") == "07:00|19:00/2");
  CHECK(time("seven thirty please") == "07:30|19:30/2");
  CHECK(time("seven oh five") == "07:05|19:05/3");
  CHECK(time("seven forty five") == "07:45|19:45/3");
  CHECK(time("seven four people") == "07:00|19:00/1");
  CHECK(time("half past seven") == "07:30|19:30/3");
  CHECK(time("a quarter to one") == "00:45|12:45/4");
  CHECK(time("ten minutes past six") == "06:10|18:10/4");
  CHECK(time("twelve") == "00:00|12:00/1");
  CHECK(time("noon") == "12:00/1");
  CHECK(time("midnight") == "00:00/1");
  CHECK(time("7:30") == "07:30|19:30/1");
  CHECK(time("7:30 p.m.") == "19:30/2");
  CHECK(time("7 pm") == "19:00/2");
  CHECK(time("seven p m") == "19:00/3");
  CHECK(time("8 am") == "08:00/2");
  CHECK(time("eight in the evening") == "20:00/4");
  CHECK(time("nine in the morning") == "09:00/4");
  CHECK(time("eleven at night") == "23:00/3");
  CHECK(time("19:30") == "19:30/1");
  CHECK(time("25:00") == "none");
  CHECK(time("7:75") == "none");
  CHECK(time("fifty") == "none");
  CHECK(time("half a pound") == "none");
  CHECK(time("half past") == "none");
  CHECK(time("") == "none");
}

TEST_CASE("values are spoken as they were heard") {
  for (int minutes = 0; minutes < 24 * 60; ++minutes) {
    const auto heard = parse_time(spoken_words(speak_time(minutes)));
    REQUIRE(heard);
    CAPTURE(speak_time(minutes));
    CHECK(heard->minutes == minutes % 720);
    CHECK(read_time(write_time(minutes)) == minutes);
  }
  for (int n = 0; n < 1000; ++n) CHECK(number(speak_number(n)).starts_with(std::to_string(n) + "/"));
  CHECK(parse_day("friday") == spoken_value{"friday", "Friday"});
  CHECK(parse_day("tomorrow") == spoken_value{"tomorrow", "tomorrow"});
  CHECK(!parse_day("someday"));
  for (auto bad : {"7:30", "24:01", "ab:cd", "12:60", "1:300", ""}) CHECK(!read_time(bad));
  CHECK(read_time("24:00") == 1440);
}
