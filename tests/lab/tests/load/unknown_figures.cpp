#include "protocols/json.hpp"
#include "tests/lab/load/report/load_json.hpp"
#include "tests/lab/tests/load/summary_fixture.hpp"

#include <string>

#include <doctest/doctest.h>

namespace tandem::lab {

TEST_CASE("a report has null for what is not known of an engine") {
  load_row row;
  row.calls = 7;
  row.has_admin = false;
  row.seconds = 3;
  const auto text = report_json(summary_of({row}));
  auto copy = text;
  json::document report;
  REQUIRE(report.parse({copy.data(), copy.size()}) == json::fault::none);
  const auto rows = json::elements(report.root(), "rows");
  REQUIRE(rows.size() == 1);
  const auto& told = rows.front();
  CHECK(json::number(told, "calls") == 7);
  CHECK(json::number(told, "seconds") == 3);
  CHECK(json::boolean(told, "has_admin") == false);
  for (const auto* name : {"cpu_ms_per_call_second", "kib_per_call", "resident_mib_before", "own_told_turns",
                           "own_told_mean_seconds", "min_interruption_seconds"}) {
    CAPTURE(name);
    const auto* member = json::find(told, name);
    CHECK((member == nullptr || member->IsNull()));
    CHECK(text.find('"' + std::string(name) + "\":null") != std::string::npos);
  }
}

TEST_CASE("a report has what an engine tells of itself") {
  load_row row;
  row.idle_mib = 30;
  row.cpu_ms = 1.5;
  row.told = {4, 2, 1, 1};
  row.end_reasons["completed"] = 9;
  const auto text = report_json(summary_of({row}));
  auto copy = text;
  json::document report;
  REQUIRE(report.parse({copy.data(), copy.size()}) == json::fault::none);
  const auto rows = json::elements(report.root(), "rows");
  REQUIRE(rows.size() == 1);
  const auto& told = rows.front();
  CHECK(json::boolean(told, "has_admin") == true);
  CHECK(json::number(told, "cpu_ms_per_call_second") == 1.5);
  CHECK(json::number(told, "own_told_turns") == 4);
  const auto* reasons = json::find(told, "end_reasons");
  REQUIRE(reasons != nullptr);
  CHECK(json::integer(*reasons, "completed") == 9);
}

}  // namespace tandem::lab
