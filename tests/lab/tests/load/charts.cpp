#include "tests/lab/load/report/cost_growth.hpp"
#include "tests/lab/load/report/figure_texts.hpp"
#include "tests/lab/load/report/svg_chart.hpp"
#include "tests/lab/tests/load/markup.hpp"
#include "tests/lab/tests/load/summary_fixture.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

/// Steps whose engine uses so many cores with so many calls.
template <class Cores>
std::vector<load_row> rows_of(const std::vector<std::size_t>& calls, Cores cores) {
  std::vector<load_row> out;
  for (const auto each : calls) {
    out.push_back(row_of(each));
    out.back().cpu_ms = cores(static_cast<double>(each)) * 1000 / static_cast<double>(each);
  }
  return out;
}

double number(const markup_tag& tag, const std::string& name) {
  return std::strtod(tag.attributes.at(name).c_str(), nullptr);
}

std::vector<markup_tag> dots(const markup& drawn) {
  std::vector<markup_tag> out;
  for (const auto& each : drawn.tags) {
    if (each.name == "circle" && each.attributes.at("class") == "dot") out.push_back(each);
  }
  return out;
}

chart chart_of(std::vector<chart_point> points) {
  chart out{.title = "a <title>", .across = "calls & more"};
  out.lines.push_back({.name = "line", .look = "r5", .points = std::move(points)});
  return out;
}

}  // namespace

TEST_CASE("a cost that is a straight line over the calls is found again") {
  const auto growth = growth_of(rows_of({10, 50, 200}, [](double calls) { return 0.02 + 0.0013 * calls; }));
  CHECK(growth.steps == 3);
  CHECK(growth.base == doctest::Approx(0.02));
  CHECK(growth.each == doctest::Approx(0.0013));
  CHECK(growth.farthest < 1e-6);
  CHECK(growth.is_linear());
  CHECK(growth.power < 1);
}

TEST_CASE("a cost that grows with the square of the calls is no straight line") {
  const auto growth = growth_of(rows_of({10, 50, 200}, [](double calls) { return 1e-5 * calls * calls; }));
  CHECK(growth.power == doctest::Approx(2));
  CHECK(growth.is_known());
  CHECK_FALSE(growth.is_linear());
}

TEST_CASE("a line takes three steps of different sizes, without those that have no figures") {
  const auto cores = [](double calls) { return 0.001 * calls; };
  CHECK_FALSE(growth_of(rows_of({}, cores)).is_known());
  CHECK_FALSE(growth_of(rows_of({10, 10, 10, 10}, cores)).is_known());
  auto rows = rows_of({10, 50, 200}, cores);
  CHECK(growth_of(rows).is_known());
  rows[1].generator.share = 0.99;
  CHECK(growth_of(rows).steps == 2);
  rows[2].cpu_ms = 0;
  CHECK(growth_of(rows).steps == 1);
}

TEST_CASE("quantiles go as far as there are times to tell them by") {
  time_statistics times;
  CHECK(quantiles_of(times).empty());
  for (std::uint64_t n = 1; n <= 100; ++n) times.add(n);
  const auto few = quantiles_of(times);
  REQUIRE(few.size() == 21);
  CHECK(few.front().share == 0);
  CHECK(few.back().share == doctest::Approx(0.99));
  CHECK(few.back().microseconds >= 99);
  for (std::uint64_t n = 1; n <= 1'000'000; ++n) times.add(n);
  CHECK(quantiles_of(times).back().share == doctest::Approx(0.9999));
}

TEST_CASE("a chart draws values to scale, from zero, within its frame") {
  const auto drawn = markup_reader::read(svg_of(chart_of({{10, 1, "one"}, {20, 2, "two"}, {30, 4, "four"}})));
  REQUIRE(drawn.fault == "");
  const auto points = dots(drawn);
  REQUIRE(points.size() == 3);
  const auto across = [&](std::size_t n) { return number(points[n], "cx"); };
  const auto up = [&](std::size_t n) { return number(points[n], "cy"); };
  CHECK(across(1) - across(0) == doctest::Approx(across(2) - across(1)).epsilon(0.01));
  // Twice as high above zero, where the base is.
  double base = 0;
  for (const auto& each : drawn.tags) {
    if (each.name == "line" && each.attributes.at("class") == "base") base = number(each, "y1");
  }
  CHECK(base - up(1) == doctest::Approx(2 * (base - up(0))).epsilon(0.01));
  CHECK(base - up(2) == doctest::Approx(4 * (base - up(0))).epsilon(0.01));
  for (std::size_t n = 0; n < points.size(); ++n) {
    CHECK(up(n) >= 0);
    CHECK(across(n) <= 360);
  }
}

TEST_CASE("a logarithmic chart gives equal ratios equal room") {
  auto what = chart_of({{1, 0.2, ""}, {10, 2, ""}, {100, 20, ""}});
  what.across_scale = what.up_scale = chart_scale::logarithmic;
  const auto points = dots(markup_reader::read(svg_of(what)));
  REQUIRE(points.size() == 3);
  for (const auto* way : {"cx", "cy"})
    CHECK(number(points[1], way) - number(points[0], way) ==
          doctest::Approx(number(points[2], way) - number(points[1], way)).epsilon(0.01));
}

TEST_CASE("a chart of anything is well-formed and finite") {
  for (const auto scale : {chart_scale::linear, chart_scale::logarithmic}) {
    for (const auto& points : std::vector<std::vector<chart_point>>{{},
                                                                    {{1, 0, ""}},
                                                                    {{5, 3, ""}},
                                                                    {{5, 0, ""}, {5, 1e9, ""}},
                                                                    {{1, 1e-9, ""}, {2, 1e-9, ""}},
                                                                    {{1, -3, ""}, {2, 5, ""}}}) {
      auto what = chart_of(points);
      what.up_scale = scale;
      const auto drawn = svg_of(what);
      CHECK(markup_reader::read(drawn).fault == "");
      CHECK(drawn.find("nan") == drawn.npos);
      CHECK(drawn.find("inf") == drawn.npos);
    }
  }
}

TEST_CASE("names at the ends of lines do not cover each other") {
  chart what{.title = "many", .across = "calls"};
  for (int n = 0; n < 6; ++n)
    what.lines.push_back(
        {.name = "n" + std::to_string(n), .look = "r1", .points = {{1, 1, ""}, {2, 1 + n * 0.001, ""}}});
  std::vector<double> heights;
  for (const auto& each : markup_reader::read(svg_of(what)).tags) {
    if (each.name == "text" && each.attributes.at("class") == "name r1") heights.push_back(number(each, "y"));
  }
  REQUIRE(heights.size() == 6);
  for (std::size_t n = 1; n < heights.size(); ++n) CHECK(std::abs(heights[n] - heights[n - 1]) >= 12);
}

TEST_CASE("figures are written as they are read") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(12'345'678) == "12,345,678");
  CHECK(counted(1, "call") == "1 call");
  CHECK(counted(2000, "call") == "2,000 calls");
  CHECK(listed({}) == "");
  CHECK(listed({"1", "2", "3"}) == "1, 2 and 3");
  CHECK(percent(0.1234) == "12 %");
  CHECK(percent(0.1234, 1) == "12.3 %");
  CHECK(milliseconds(1234) == "1.23");
  CHECK(number_text(std::numeric_limits<double>::quiet_NaN()) == "null");
}

}  // namespace tandem::lab
