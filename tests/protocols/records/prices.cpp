#include "protocols/records/prices.hpp"

#include <doctest/doctest.h>

namespace tandem::records {

namespace {

using namespace std::chrono_literals;

call_record two_minutes() {
  call_record call;
  call.answered_at = wall_time(1'000'000ms);
  call.ended_at = call.answered_at + 120s;
  call.usage = {
      .stt_seconds = 90, .tts_characters = 1500, .llm_input_tokens = 2'000'000, .llm_output_tokens = 10};
  return call;
}

constexpr auto prices = [] {
  return price_table{.currency = "USD",
                     .carrier_minute = 0.0055,
                     .stt_hour = 0.4,
                     .tts_1000_characters = 0.1,
                     .llm_million_input_tokens = 0.15,
                     .llm_million_output_tokens = 0.6};
};

}  // namespace

TEST_CASE("a call costs what its line, speech and model cost") {
  const auto cost = cost_of(two_minutes(), prices());
  CHECK(cost.currency == "USD");
  CHECK(cost.carrier == 11000);
  CHECK(cost.stt == 10000);
  CHECK(cost.tts == 150000);
  CHECK(cost.llm == 300006);
  CHECK(cost.total() == 471006);
}

TEST_CASE("without a currency nothing is reckoned") {
  auto unknown = prices();
  unknown.currency.clear();
  CHECK(cost_of(two_minutes(), unknown).total() == 0);
  std::string json;
  append_json(json, two_minutes());
  CHECK(json.find("cost") == json.npos);
}

TEST_CASE("a line that nobody answered, or that goes on, costs nothing yet") {
  auto call = two_minutes();
  call.ended_at = {};
  CHECK(cost_of(call, prices()).carrier == 0);
  call = two_minutes();
  call.answered_at = {};
  CHECK(cost_of(call, prices()).carrier == 0);
}

TEST_CASE("the API gives the cost with its parts") {
  auto call = two_minutes();
  call.cost = cost_of(call, prices());
  std::string json;
  append_json(json, call);
  CHECK_MESSAGE(
      json.find(
          R"("cost":{"currency":"USD","total":0.471006,"carrier":0.011,"stt":0.01,"tts":0.15,"llm":0.300006})") !=
          json.npos,
      json);
}

}  // namespace tandem::records
