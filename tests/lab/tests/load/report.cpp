#include "protocols/json.hpp"
#include "tests/lab/load/report/load_html.hpp"
#include "tests/lab/load/report/load_json.hpp"
#include "tests/lab/load/report/load_report.hpp"
#include "tests/lab/tests/load/markup.hpp"
#include "tests/lab/tests/load/summary_fixture.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

constexpr std::string_view hostile = "</td></li><script src=\"//evil.example/x.js\">&'\x01";

load_summary hostile_summary() {
  auto row = row_of(10);
  row.end_reasons[std::string(hostile)] = 3;
  row.calls_judged.complain(std::string(hostile));
  auto out = summary_of({row});
  for (auto* text :
       {&out.profile, &out.command, &out.engine, &out.began_at, &out.machine.cpu, &out.machine.system,
        &out.machine.kernel, &out.build.version, &out.build.commit, &out.build.build})
    *text = hostile;
  return out;
}

/// A step in which the generator was too late, and one in which it had no core left.
load_row late_row() {
  auto row = row_of(25);
  row.lateness = times_of(14'000);
  return row;
}

load_row busy_row() {
  auto row = row_of(50);
  row.generator = {1, 19.4, 0.97, 0.55};
  return row;
}

std::size_t count_of(const markup& page, std::string_view tag) {
  return static_cast<std::size_t>(
      std::count_if(page.tags.begin(), page.tags.end(), [&](const auto& each) { return each.name == tag; }));
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST_CASE("what the checker of pages must find, it finds") {
  const auto fault = [](std::string_view page) { return markup_reader::read(page).fault; };
  CHECK(fault("<!DOCTYPE html>\n<p class=\"a\">x &amp; y<br></p><svg><g/></svg>").empty());
  for (const auto* page : {"<p>", "</p>", "<p><b></p></b>", "<p class=a></p>", "a & b", "<p",
                           "<p a=\"1\" a=\"2\"></p>", "1 < 2", "<p a=\"&x\"></p>", "<style>p {}"}) {
    CAPTURE(page);
    CHECK_FALSE(fault(page).empty());
  }
}

TEST_CASE("a report's page is well-formed, whatever there is to report") {
  auto wrong = row_of(10);
  wrong.calls_judged.complain("call 7: 3 frames missing at Scribe");
  load_row empty;
  for (const auto& summary :
       {summary_of({}), summary_of({empty}), summary_of({row_of(10)}),
        summary_of({wrong, late_row(), busy_row()}), summary_of({row_of(10), row_of(10)}),
        summary_of({row_of(10), row_of(50), row_of(200)}), hostile_summary()}) {
    const auto page = markup_reader::read(report_html(summary));
    CHECK(page.fault == "");
    CHECK(count_of(page, "html") == 1);
    CHECK(count_of(page, "h1") == 1);
  }
}

TEST_CASE("a report's page refers to nothing outside itself and runs nothing") {
  for (const auto& summary :
       {summary_of({row_of(10), row_of(50), row_of(200), busy_row()}), hostile_summary()}) {
    const auto page = markup_reader::read(report_html(summary));
    for (const auto& tag : page.tags) {
      CAPTURE(tag.name);
      for (const auto* name : {"script", "link", "img", "image", "use", "iframe", "object", "embed", "base",
                               "a", "video", "audio", "source", "form", "foreignObject", "animate", "set"})
        CHECK(tag.name != name);
      for (const auto& attribute : tag.attributes) {
        const auto& name = attribute.first;
        CAPTURE(name);
        for (const auto* reference : {"src", "srcset", "href", "xlink:href", "action", "data", "poster",
                                      "background", "style", "filter", "mask", "fill", "xmlns"})
          CHECK(name != reference);
        CHECK_FALSE(name.starts_with("on"));
        if (name == "http-equiv") CHECK(attribute.second == "Content-Security-Policy");
      }
    }
    for (const auto* reference : {"url(", "@import", "image(", "image-set(", "src(", "//", "@font-face"})
      CHECK_FALSE(has(page.style, reference));
  }
}

TEST_CASE("hostile text stands in the page as text") {
  const auto page = markup_reader::read(report_html(hostile_summary()));
  REQUIRE(page.fault == "");
  const std::string escaped =
      "&lt;/td&gt;&lt;/li&gt;&lt;script src=&quot;//evil.example/x.js&quot;&gt;&amp;&#39;\xef\xbf\xbd";
  std::size_t times = 0;
  for (auto at = page.text.find(escaped); at != page.text.npos; at = page.text.find(escaped, at + 1)) ++times;
  // Its fault, its end reason, and what was said of machine, engine and run.
  CHECK(times >= 10);
  CHECK(has(page.text, "\n" + escaped + "\n"));
}

TEST_CASE("the verdict comes first and says what did not hold") {
  const auto good = report_html(summary_of({row_of(10)}));
  CHECK(has(good, "Every check held."));
  CHECK(good.find("Every check held.") < good.find("<h2"));
  auto row = row_of(10);
  row.calls_judged.complain("call 7: 3 frames missing at Scribe");
  const auto wrong = report_html(summary_of({row_of(5), row}));
  CHECK_FALSE(has(wrong, "Every check held."));
  CHECK(has(wrong, "One check did not hold."));
  CHECK(wrong.find("call 7: 3 frames missing at Scribe") < wrong.find("<h2"));
  CHECK_FALSE(has(report_html(summary_of({})), "Every check held."));
}

TEST_CASE("a step shows its costs and times") {
  const auto page = report_html(summary_of({row_of(10)}));
  const auto row = report_row(row_of(10));
  for (const auto& figure : figures_of_a_row()) {
    CAPTURE(figure);
    CHECK(has(page, figure));
    CHECK(has(row, figure));
  }
}

TEST_CASE("a step shows what was done to its calls") {
  auto step = row_of(10);
  step.calls_judged.done = {{"line", {{"cut", 3}, {"swapped", 1}}}, {"model", {{"garbage", 41}}}};
  step.model_asked = 70;
  step.common_texts = 5;
  CHECK(has(report_row(step), "  done: line cut 3, swapped 1; model garbage 41\n"));
  CHECK(has(report_row(step), "asked 70 times; 5 greetings and apologies were spoken"));
  const auto page = markup_reader::read(report_html(summary_of({step, row_of(20)})));
  CHECK(page.fault == "");
  CHECK(has(page.text, "What was done to the calls"));
  CHECK(has(page.text, "model: garbage"));
  CHECK_FALSE(has(report_row(row_of(10)), "done:"));
  CHECK_FALSE(has(report_html(summary_of({row_of(10)})), "What was done to the calls"));
}

TEST_CASE("a step whose generator was the bottleneck shows no costs and times, but says why") {
  for (const auto& step : {late_row(), busy_row()}) {
    REQUIRE_FALSE(step.has_figures());
    const auto page = report_html(summary_of({step}));
    const auto row = report_row(step);
    for (const auto& figure : figures_of_a_row()) {
      CAPTURE(figure);
      CHECK_FALSE(has(page, figure));
      CHECK_FALSE(has(row, figure));
    }
    for (const auto* text : {&page, &row}) {
      CHECK(has(*text, "was the bottleneck"));
      CHECK(has(*text, step.bottleneck()));
    }
    CHECK(count_of(markup_reader::read(page), "svg") == 0);
  }
  CHECK(has(late_row().bottleneck(), "ms late"));
  CHECK(busy_row().bottleneck() == "it used 97 % of its 1 core");
}

TEST_CASE("charts leave out the step whose generator was the bottleneck, and say so") {
  const auto page = report_html(summary_of({row_of(10), late_row(), row_of(200)}));
  CHECK(has(page, "Left out, since the generator was the bottleneck: 25 calls."));
  CHECK_FALSE(has(page, "25 calls: "));
  CHECK(has(page, "10 calls: "));
  CHECK(has(page, "200 calls: "));
}

TEST_CASE("a generator is the bottleneck when a thread or all its cores are near their end") {
  CHECK(row_of(10).has_figures());
  auto row = row_of(10);
  row.generator = {4, 10, 0.2, 0.95};
  CHECK(row.is_generator_busy());
  CHECK(row.bottleneck() == "one of its threads used 95 % of a core");
  row.generator = {4, 10, 0.6, 0.7};
  CHECK_FALSE(row.is_generator_busy());
  row.provider_lag = 60'000;
  CHECK(row.is_generator_late());
  CHECK(has(row.bottleneck(), "60.00 ms late"));
}

}  // namespace tandem::lab
