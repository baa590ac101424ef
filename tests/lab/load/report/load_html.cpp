#include "tests/lab/load/report/load_html.hpp"

#include "tests/lab/load/report/check_tables.hpp"
#include "tests/lab/load/report/figure_tables.hpp"
#include "tests/lab/load/report/figure_texts.hpp"
#include "tests/lab/load/report/html_writer.hpp"
#include "tests/lab/load/report/load_charts.hpp"
#include "tests/lab/load/report/page_style.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::lab {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> profiles{{
    {"listen", "callers who say nothing, and whose audio goes up all the time"},
    {"talk", "callers who speak every eight seconds, to an agent that says it again"},
    {"churn", "calls of one to two seconds, each replaced at once"},
    {"barge", "callers who speak into every reply: with words, with voice alone, in a whisper"},
    {"overload", "half as many callers again as the engine has room for"},
    {"soak", "callers who speak, in calls of ten seconds to two minutes, each replaced at once"},
    {"chaos", "lines, providers and actors that fail while calls go on"},
}};

std::string described(const std::string& profile) {
  const auto* found =
      std::find_if(profiles.begin(), profiles.end(), [&](const auto& each) { return each.first == profile; });
  return found == profiles.end() ? profile : profile + ": " + std::string(found->second);
}

/// `2026-11-27 21:36 UTC` of `2026-11-27T21:36:07.123Z`.
std::string minute_of(const std::string& rfc3339) {
  constexpr std::size_t minutes_end = 16;
  if (rfc3339.size() < minutes_end) return rfc3339;
  return rfc3339.substr(0, 10) + " " + rfc3339.substr(11, 5) + " UTC";
}

std::string verdict(const load_summary& summary, std::size_t faults) {
  if (summary.rows.empty()) return "Nothing was run.";
  if (faults == 0) return "Every check held.";
  return faults == 1 ? "One check did not hold." : grouped(faults) + " checks did not hold.";
}

std::string extent(const load_summary& summary) {
  std::uint64_t calls = 0;
  std::uint64_t up = 0;
  std::uint64_t down = 0;
  for (const auto& row : summary.rows) {
    calls += row.calls_judged.calls;
    up += row.calls_judged.frames_up;
    down += row.calls_judged.frames_down;
  }
  return counted(calls, "call") + " in " + counted(summary.rows.size(), "step") + ": " + grouped(up) +
         " frames of audio went up and " + grouped(down) +
         " came down, and every byte of them was compared with what had been sent.";
}

/// What a reader must know before any figure.
std::vector<std::string> reservations(const load_summary& summary) {
  std::vector<std::string> out;
  std::vector<std::string> late;
  for (const auto& row : summary.rows) {
    if (!row.has_figures()) late.push_back(grouped(row.calls));
  }
  if (!late.empty())
    out.push_back(
        "With " + listed(late) +
        " calls the generator was the bottleneck, not the engine: costs and times are not given there.");
  if (!summary.build.build.empty() && !summary.build.is_release())
    out.push_back("The engine was not built as a release (" + summary.build.build +
                  "): its costs are not those of one.");
  return out;
}

void append_verdict(std::string& out, const load_summary& summary) {
  const html_element header(out, "header");
  std::size_t faults = 0;
  for (const auto& row : summary.rows) faults += row.calls_judged.faults.size();
  append_element(out, "p", "Tandem under load · " + summary.profile + " · " + minute_of(summary.began_at),
                 "class=\"over\"");
  append_element(out, "h1", verdict(summary, faults),
                 summary.rows.empty() ? ""
                 : faults == 0        ? "class=\"good\""
                                      : "class=\"bad\"");
  append_element(out, "p", extent(summary));
  for (const auto& each : reservations(summary)) append_element(out, "p", each);
  if (faults == 0) return;
  const html_element list(out, "ul", "class=\"faults\"");
  for (const auto& row : summary.rows) {
    for (const auto& each : row.calls_judged.faults)
      append_element(out, "li", each, "data-step=\"" + counted(row.calls, "call") + "\"");
  }
}

void append_fact(std::string& out, std::string_view name, const std::string& value) {
  append_element(out, "dt", name);
  append_element(out, "dd", value.empty() ? "not known" : value);
}

std::string machine_of(const machine_facts& facts) {
  auto out = facts.cpu.empty() ? "unknown CPU" : facts.cpu;
  out += ", " + counted(facts.cores, "core");
  if (facts.memory_mib != 0)
    out += ", " + fixed(static_cast<double>(facts.memory_mib) / 1024, 1) + " GiB of memory";
  return out;
}

std::string system_of(const machine_facts& facts) {
  return facts.system + (facts.system.empty() || facts.kernel.empty() ? "" : ", ") + facts.kernel;
}

std::string engine_of(const load_summary& summary) {
  if (summary.build.version.empty()) return "its program could not be asked";
  auto out = "Tandem " + summary.build.version;
  if (!summary.build.commit.empty()) out += ", commit " + summary.build.commit;
  return out;
}

std::string engine_place(const load_summary& summary) {
  if (!summary.engine.empty() && summary.engine.find(':') == std::string::npos)
    return "the program " + summary.engine + ", started for each step";
  if (!summary.engine.empty()) return "one that was running already, at " + summary.engine;
  return "one of its own for each step, with " + counted(summary.engine_threads, "event loop") +
         (summary.pinned ? ", on core 0; the generator ran on the other cores"
                         : ", on the same cores as the generator");
}

void append_run(std::string& out, const load_summary& summary) {
  append_element(out, "h2", "What was run");
  append_element(out, "pre", summary.command);
  const html_element list(out, "dl", "class=\"facts\"");
  append_fact(out, "Profile", described(summary.profile));
  append_fact(out, "Seed", std::to_string(summary.seed) + "; the same one plans the same calls again");
  append_fact(out, "Begun", minute_of(summary.began_at));
  append_fact(out, "Each step",
              "measured for " + counted(summary.seconds, "second") +
                  " some seconds after the calls were placed; " + number_text(summary.rate) +
                  " new calls a second at most");
  append_fact(out, summary.engine.empty() ? "Machine" : "Generator's machine", machine_of(summary.machine));
  append_fact(out, "System", system_of(summary.machine));
  append_fact(out, "Engine", engine_of(summary));
  append_fact(out, "Build", summary.build.build);
  append_fact(out, "Process", engine_place(summary));
}

void append_page(std::string& out, const load_summary& summary) {
  const html_element page(out, "html", "lang=\"en\"");
  {
    const html_element head(out, "head");
    out +=
        "<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" "
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
    append_element(out, "title",
                   "Tandem under load: " + summary.profile + ", " + minute_of(summary.began_at));
    const html_element style(out, "style");
    out += page_style();
  }
  const html_element body(out, "body");
  append_verdict(out, summary);
  append_run(out, summary);
  append_element(out, "h2", "What each step cost");
  append_step_table(out, summary);
  append_course_charts(out, summary);
  append_cost_growth(out, summary);
  append_delay_chart(out, summary);
  append_interruptions(out, summary);
  append_api_table(out, summary);
  append_check_tables(out, summary);
  append_memory_table(out, summary);
  append_generator_table(out, summary);
}

}  // namespace

std::string report_html(const load_summary& summary) {
  std::string out = "<!DOCTYPE html>\n";
  append_page(out, summary);
  return out;
}

}  // namespace tandem::lab
