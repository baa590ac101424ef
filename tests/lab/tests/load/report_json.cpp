#include "protocols/json.hpp"
#include "tests/lab/load/report/load_json.hpp"
#include "tests/lab/tests/load/summary_fixture.hpp"

#include <array>
#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

constexpr std::array of_a_run{"command", "began_at",       "profile", "seed",  "engine",  "agent", "seconds",
                              "rate",    "engine_threads", "pinned",  "right", "machine", "build", "rows"};
constexpr std::array always{"calls",
                            "live_calls",
                            "seconds",
                            "calls_per_second",
                            "right",
                            "faults",
                            "generator_late",
                            "has_admin",
                            "generator_bottleneck",
                            "bottleneck",
                            "resident_mib_before",
                            "resident_mib_after",
                            "resident_mib_after_1000_calls",
                            "resident_mib_at_the_end",
                            "min_interruption_seconds",
                            "generator_lateness_seconds",
                            "provider_loop_lag_seconds",
                            "generator_cores",
                            "generator_cpu_seconds",
                            "generator_cpu_share",
                            "generator_busiest_thread",
                            "ended_calls",
                            "undisturbed_calls",
                            "refused",
                            "failed",
                            "ended_by_engine",
                            "unanswered",
                            "killed_actors",
                            "model_questions",
                            "common_texts",
                            "done",
                            "wrong_bytes",
                            "missing_frames",
                            "repeated_frames",
                            "frames_up",
                            "frames_down",
                            "end_reasons",
                            "metrics"};
constexpr std::array numbers_of_the_engine{"cpu_ms_per_call_second", "kib_per_call",
                                           "resident_mib_per_hour",  "resident_mib_per_hour_uncertainty",
                                           "own_told_turns",         "own_told_mean_seconds",
                                           "own_told_within_5_ms",   "own_told_within_20_ms"};
constexpr std::array times_of_the_engine{"delay_seconds",          "set_up_seconds", "words_to_clear_seconds",
                                         "voice_to_clear_seconds", "own_seconds",    "api_list_seconds",
                                         "api_call_seconds"};

/// A report that was parsed.
struct parsed_report {
  explicit parsed_report(const load_summary& summary) : text(report_json(summary)) {
    fault = document.parse({text.data(), text.size()});
  }

  const json::value& row(std::size_t n) const { return json::elements(document.root(), "rows")[n]; }

  std::string text;
  json::document document;
  json::fault fault;
};

}  // namespace

TEST_CASE("the JSON of a run has every member") {
  const parsed_report report(summary_of({row_of(10), row_of(50)}));
  REQUIRE(report.fault == json::fault::none);
  const auto& root = report.document.root();
  for (const auto* name : of_a_run) {
    CAPTURE(name);
    CHECK(json::find(root, name) != nullptr);
  }
  CHECK(root.MemberCount() == of_a_run.size());
  const auto* machine = json::find(root, "machine");
  for (const auto* name : {"cpu", "system", "kernel"}) CHECK(json::text(*machine, name));
  CHECK(json::integer(*machine, "cores") == 2);
  CHECK(json::integer(*machine, "memory_mib") == 8192);
  for (const auto* name : {"version", "commit", "build"}) CHECK(json::text(*json::find(root, "build"), name));
  REQUIRE(json::elements(root, "rows").size() == 2);
}

TEST_CASE("the JSON of a step has every member") {
  const parsed_report report(summary_of({row_of(10)}));
  const auto& row = report.row(0);
  for (const auto* name : always) {
    CAPTURE(name);
    CHECK(json::find(row, name) != nullptr);
  }
  for (const auto* name : numbers_of_the_engine) {
    CAPTURE(name);
    CHECK(json::number(row, name));
  }
  for (const auto* name : times_of_the_engine) {
    CAPTURE(name);
    const auto* times = json::find(row, name);
    REQUIRE(times != nullptr);
    CHECK(json::integer(*times, "count") == 2000);
    for (const auto* share : {"p50", "p99", "p999", "max"})
      CHECK(json::number(*times, share).value_or(0) > 0);
  }
  const auto quantiles = json::elements(row, "delay_quantiles");
  REQUIRE(quantiles.size() > 30);
  CHECK(json::number(quantiles[10], "share").value_or(0) == doctest::Approx(0.9));
  CHECK(json::number(quantiles[10], "seconds").value_or(0) == doctest::Approx(0.06137));
  // 1 more than these: the quantiles.
  CHECK(row.MemberCount() == always.size() + numbers_of_the_engine.size() + times_of_the_engine.size() + 1);
}

TEST_CASE("numbers of frames are told to the last one") {
  const parsed_report report(summary_of({row_of(10)}));
  CHECK(json::integer(report.row(0), "frames_up") == 12'345'678);
}

TEST_CASE("the JSON of a step says what was done to its calls") {
  auto step = row_of(10);
  step.calls_judged.done = {{"line", {{"swapped", 3}}}, {"model", {{"garbage", 4}, {"stalls", 2}}}};
  step.model_asked = 70;
  step.common_texts = 5;
  step.calls_judged.unanswered = 1;
  const parsed_report report(summary_of({step}));
  REQUIRE(report.fault == json::fault::none);
  const auto* done = json::find(report.row(0), "done");
  REQUIRE(done != nullptr);
  REQUIRE(done->MemberCount() == 2);
  CHECK(json::integer(*json::find(*done, "line"), "swapped") == 3);
  CHECK(json::integer(*json::find(*done, "model"), "garbage") == 4);
  CHECK(json::integer(*json::find(*done, "model"), "stalls") == 2);
  CHECK(json::integer(report.row(0), "model_questions") == 70);
  CHECK(json::integer(report.row(0), "common_texts") == 5);
  CHECK(json::integer(report.row(0), "unanswered") == 1);
}

TEST_CASE("the JSON of a step whose generator was the bottleneck has null for costs and times") {
  auto step = row_of(10);
  step.generator = {1, 19.4, 0.97, 0.55};
  const parsed_report report(summary_of({step}));
  REQUIRE(report.fault == json::fault::none);
  const auto& row = report.row(0);
  CHECK(json::boolean(row, "generator_bottleneck") == true);
  CHECK(json::boolean(row, "generator_late") == false);
  CHECK(json::text(row, "bottleneck") == "it used 97 % of its 1 core");
  const auto is_null = [&row](const char* name) { return row.HasMember(name) && row[name].IsNull(); };
  for (const auto* name : numbers_of_the_engine) CHECK(is_null(name));
  for (const auto* name : times_of_the_engine) CHECK(is_null(name));
  CHECK(is_null("delay_quantiles"));
  for (const auto* name : always) {
    CAPTURE(name);
    CHECK(json::find(row, name) != nullptr);
  }
}

TEST_CASE("hostile text and numbers that are none leave JSON behind") {
  auto row = row_of(10);
  row.end_reasons["\"},\\\x01\xff{"] = 3;
  row.calls_judged.complain("\"],\\\n");
  row.cpu_ms = std::numeric_limits<double>::infinity();
  auto summary = summary_of({row});
  summary.command = "\"\\\x7f\xc3";
  const parsed_report report(summary);
  REQUIRE(report.fault == json::fault::none);
  CHECK(json::boolean(report.row(0), "right") == false);
  CHECK(json::find(report.row(0), "cpu_ms_per_call_second") == nullptr);
}

}  // namespace tandem::lab
