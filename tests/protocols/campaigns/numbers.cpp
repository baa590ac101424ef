#include "protocols/campaigns/numbers.hpp"

#include <doctest/doctest.h>

namespace tandem::campaigns {

namespace {

number_list from_json(std::string text) {
  json::document document;
  REQUIRE(document.parse({text.data(), text.size()}) == json::fault::none);
  const auto* list = json::find(document.root(), "numbers");
  REQUIRE(list != nullptr);
  return read_numbers(*list);
}

/// Where the faults are, and of the first one what it says.
void check_faults(const number_list& got, std::vector<std::size_t> places, std::string_view first) {
  std::vector<std::size_t> found;
  for (const auto& each : got.faults) found.push_back(each.at);
  CHECK(found == places);
  REQUIRE_FALSE(got.faults.empty());
  CHECK(got.faults.front().what.find(first) != std::string::npos);
}

}  // namespace

TEST_CASE("a list in CSV has numbers, zones, and metadata by column") {
  const auto list = read_csv(
      "name,number,time_zone\n"
      "Ada,+13125550101,America/Chicago\n"
      "\"Lovelace, \"\"A.\"\"\",+13125550102,\n"
      ",+13125550103,Europe/Berlin\n");
  CHECK(list.faults.empty());
  REQUIRE(list.entries.size() == 3);
  CHECK(list.entries[0].n == 1);
  CHECK(list.entries[0].number == "+13125550101");
  CHECK(list.entries[0].time_zone == "America/Chicago");
  CHECK(list.entries[1].metadata.front() == std::pair<std::string, std::string>("name", "Lovelace, \"A.\""));
  CHECK(list.entries[1].time_zone.empty());
  CHECK(list.entries[2].metadata.empty());
}

TEST_CASE("lines may end in any way, be empty, and a byte order mark may come first") {
  for (const auto* text :
       {"\xef\xbb\xbfnumber\r\n+13125550101\r\n\r\n+13125550102", "number\n+13125550101\n\n +13125550102 \n",
        "\nnumber\r+13125550101\r+13125550102\r"}) {
    const auto list = read_csv(text);
    CHECK(list.faults.empty());
    REQUIRE(list.entries.size() == 2);
    CHECK(list.entries[1].number == "+13125550102");
  }
}

TEST_CASE("a number that was there before is left out and counted") {
  const auto list = read_csv("number\n+13125550101\n+13125550102\n+13125550101\n");
  CHECK(list.entries.size() == 2);
  CHECK(list.duplicates == 1);
  CHECK(list.faults.empty());
}

TEST_CASE("every fault is told with its line") {
  check_faults(
      read_csv("number,name\n+13125550101,a\n12345,b\n+13125550103\n\"+1312555\n0104\",c\n+0123,d\n"),
      {3, 4, 5, 7}, "number is +");
  check_faults(read_csv("number,time_zone\n+13125550101,Mars\n"), {2}, "time_zone");
  check_faults(read_csv("number,name\n+13125550101,\"open\n"), {2}, "quotation mark");
  check_faults(read_csv("number,name\n+13125550101,\"a\"b\n"), {2}, "quotation mark");
  check_faults(read_csv("number,name\n+13125550101," + std::string(1025, 'x')), {2}, "1024");
}

TEST_CASE("a header that cannot be used is a fault of its line") {
  check_faults(read_csv("phone\n+13125550101\n"), {1}, "number");
  check_faults(read_csv("number,number\n+13125550101,x\n"), {1}, "same name");
  check_faults(read_csv("number,\n+13125550101,x\n"), {1}, "name");
  check_faults(read_csv("\n+13125550101\n"), {2}, "number");
}

TEST_CASE("a list without numbers is a fault") {
  for (const auto* text : {"", "\n\n", "number\n"}) check_faults(read_csv(text), {1}, "no numbers");
  check_faults(from_json(R"({"numbers":[]})"), {1}, "no numbers");
}

TEST_CASE("faults are told up to a bound, numbers taken up to one") {
  std::string text = "number\n";
  for (std::size_t i = 0; i < most_faults + 5; ++i) text += "x\n";
  CHECK(read_csv(text).faults.size() == most_faults);
  text = "number\n";
  for (std::size_t i = 0; i <= most_numbers; ++i) text += "+1" + std::to_string(1000000000 + i) + "\n";
  const auto list = read_csv(text);
  CHECK(list.entries.size() == most_numbers);
  check_faults(list, {most_numbers + 2}, "at most");
}

TEST_CASE("a list in JSON has texts and objects, or is CSV") {
  const auto list = from_json(
      R"({"numbers":["+13125550101",{"number":"sip:ada@example.com","time_zone":"UTC","metadata":{"age":36}}]})");
  CHECK(list.faults.empty());
  REQUIRE(list.entries.size() == 2);
  CHECK(list.entries[1].number == "sip:ada@example.com");
  CHECK(list.entries[1].time_zone == "UTC");
  CHECK(list.entries[1].metadata.front().second == "36");
  CHECK(from_json(R"({"numbers":"number\n+13125550101"})").entries.size() == 1);
}

TEST_CASE("in JSON every fault is told with its place") {
  check_faults(from_json(R"({"numbers":["+13125550101",7,{"number":7},{"colour":"red"},{"number":"+1"},)"
                         R"({"number":"+13125550102","metadata":[]}]})"),
               {2, 3, 4, 5, 6}, "text or an object");
  check_faults(from_json(R"({"numbers":7})"), {1}, "array");
}

TEST_CASE("cut anywhere, a list in CSV has only whole numbers or says what is wrong") {
  const std::string text = "number,name\r\n+13125550101,\"a\r\nb\"\r\n+13125550102,c\r\n";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto list = read_csv(std::string_view(text).substr(0, size));
    CHECK((list.entries.empty() && list.faults.empty()) == false);
    for (const auto& each : list.entries) CHECK(each.number.starts_with("+1312555"));
  }
}

}  // namespace tandem::campaigns
