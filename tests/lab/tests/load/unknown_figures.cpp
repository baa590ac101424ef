#include "protocols/json.hpp"
#include "tests/lab/load/load_report.hpp"

#include <string>

#include <doctest/doctest.h>

namespace tandem::lab {

TEST_CASE("a report leaves out what is not known of an engine") {
  load_row row;
  row.calls = 7;
  row.has_admin = false;
  row.seconds = 3;
  auto text = report_json({"talk", 1, "127.0.0.1:1", {row}});
  json::document report;
  REQUIRE(report.parse({text.data(), text.size()}) == json::fault::none);
  const auto rows = json::elements(report.root(), "rows");
  REQUIRE(rows.size() == 1);
  const auto& told = rows.front();
  CHECK(json::number(told, "calls") == 7);
  CHECK(json::number(told, "seconds") == 3);
  CHECK(json::boolean(told, "has_admin") == false);
  for (const auto* name : {"cpu_ms_per_call_second", "kib_per_call", "resident_mib_before", "own_told_turns",
                           "own_told_mean_seconds", "min_interruption_seconds", "end_reasons", "metrics"}) {
    CAPTURE(name);
    CHECK(json::find(told, name) == nullptr);
  }
}

TEST_CASE("a report has what an engine tells of itself") {
  load_row row;
  row.idle_mib = 30;
  row.cpu_ms = 1.5;
  row.told = {4, 2, 1, 1};
  row.end_reasons["completed"] = 9;
  auto text = report_json({"talk", 1, "", {row}});
  json::document report;
  REQUIRE(report.parse({text.data(), text.size()}) == json::fault::none);
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
