#include "tests/lab/load/report/load_charts.hpp"

#include "tests/lab/load/report/cost_growth.hpp"
#include "tests/lab/load/report/figure_texts.hpp"
#include "tests/lab/load/report/html_writer.hpp"
#include "tests/lab/load/report/svg_chart.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace tandem::lab {

namespace {

/// Colours from the faintest to the strongest.
constexpr std::size_t looks = 6;
constexpr std::size_t most_names = 12;
constexpr double rounding = 1e-9;

std::string look(std::size_t n, std::size_t of) {
  return "r" + std::to_string(of < 2 ? looks - 1 : n * (looks - 1) / (of - 1));
}

/// The steps that have figures, fewest calls first.
std::vector<const load_row*> told(const load_summary& summary) {
  std::vector<const load_row*> out;
  for (const auto& row : summary.rows) {
    if (row.has_figures()) out.push_back(&row);
  }
  std::stable_sort(out.begin(), out.end(), [](auto* a, auto* b) { return a->calls < b->calls; });
  return out;
}

std::size_t different_calls(const std::vector<const load_row*>& rows) {
  std::set<std::size_t> out;
  for (const auto* row : rows) out.insert(row->calls);
  return out.size();
}

/// Which steps charts leave out, in words; empty when there is none.
std::string left_out(const load_summary& summary) {
  std::vector<std::string> names;
  for (const auto& row : summary.rows) {
    if (!row.has_figures()) names.push_back(grouped(row.calls));
  }
  return names.empty() ? ""
                       : " Left out, since the generator was the bottleneck: " + listed(names) + " calls.";
}

void append_figure(std::string& out, const std::string& name, const std::string& unit, const chart& drawn) {
  const html_element figure(out, "figure");
  {
    const html_element caption(out, "figcaption");
    append_element(out, "h3", name);
    append_element(out, "span", unit);
  }
  out += svg_of(drawn);
}

using value_of = std::function<std::optional<double>(const load_row&)>;

/// One value of each step, as far as it has one.
chart_line line_of(const std::vector<const load_row*>& rows, const std::string& name,
                   const std::string& shown, int digits, const std::string& unit, const value_of& value) {
  chart_line out{name, shown, {}};
  const auto before = " calls: " + (name.empty() ? "" : name + " ");
  for (const auto* row : rows) {
    const auto y = value(*row);
    if (!y) continue;
    auto said = grouped(row->calls) + before;
    said.append(fixed(*y, digits)).append(" ").append(unit);
    out.points.push_back({static_cast<double>(row->calls), *y, std::move(said)});
  }
  return out;
}

std::vector<chart_line> shares_of(const std::vector<const load_row*>& rows,
                                  const time_statistics load_row::*times) {
  std::vector<chart_line> out;
  for (const auto& [share, name, shown] :
       {std::tuple{0.5, "p50", "r1"}, {0.99, "p99", "r3"}, {0.999, "p99.9", "r5"}}) {
    const auto at = share;
    out.push_back(line_of(rows, name, shown, 2, "ms", [=](const load_row& row) -> std::optional<double> {
      const auto& of = row.*times;
      if (of.count() == 0) return std::nullopt;
      return static_cast<double>(of.at(at)) / 1000;
    }));
  }
  return out;
}

std::optional<double> unless_zero(double value) { return value > 0 ? std::optional(value) : std::nullopt; }

/// A chart over the number of calls; nothing when no step has a value.
void append_course(std::string& out, const std::vector<const load_row*>& rows, const std::string& name,
                   const std::string& unit, std::vector<chart_line> lines) {
  chart drawn{.title = name + " over the number of calls, " + unit, .across = "calls"};
  drawn.across_scale = chart_scale::logarithmic;
  for (const auto* row : rows) drawn.ticks.push_back({static_cast<double>(row->calls), grouped(row->calls)});
  drawn.lines = std::move(lines);
  const auto empty = std::all_of(drawn.lines.begin(), drawn.lines.end(),
                                 [](const auto& line) { return line.points.empty(); });
  if (!empty) append_figure(out, name, unit, drawn);
}

std::string rounded(double times) { return number_text(std::round(times * 10) / 10); }

std::string change(double from, double to) {
  const auto share = to / from - 1;
  return (share < 0 ? "−" : "+") + percent(std::abs(share));
}

std::string growth_sentence(const cost_growth& growth) {
  const auto line =
      percent(growth.base, 1) + " of a core and " + percent(growth.each, 3) + " more for each call";
  if (!growth.is_known())
    return "Any two steps lie on a straight line (" + line +
           "); it takes three to tell whether the CPU grows along one.";
  if (growth.is_linear())
    return "The engine's CPU grows along a straight line: " + line + ". No step is farther than " +
           percent(growth.farthest, 1) + " from it.";
  return "The engine's CPU does not grow along a straight line: the nearest one (" + line +
         ") misses a step by " + percent(growth.farthest, 1) + ".";
}

std::string course_sentence(const load_row& first, const load_row& last, const cost_growth& growth) {
  const auto cpu = last.engine_cores() / first.engine_cores();
  const auto way = growth.power < 0.95   ? "each call costs less the more there are"
                   : growth.power > 1.05 ? "each call costs more the more there are"
                                         : "a call costs the same however many there are";
  return "From " + grouped(first.calls) + " to " + grouped(last.calls) + " calls the load grew " +
         rounded(last.live / first.live) + " times and the CPU " + rounded(cpu) +
         " times. A second of a call went from " + fixed(first.cpu_ms, 3) + " to " + fixed(last.cpu_ms, 3) +
         " ms (" + change(first.cpu_ms, last.cpu_ms) + "). The CPU goes with the calls to the power of " +
         fixed(growth.power, 2) + ": " + way + ".";
}

std::string spread_sentence(const load_row& row) {
  const auto& of = row.delay;
  return "Of " + grouped(of.count()) + " chunks with " + counted(row.calls, "call") +
         " half took no more than " + milliseconds(of.at(0.5)) + " ms, 99 % no more than " +
         milliseconds(of.at(0.99)) + " ms, and the slowest " + milliseconds(of.most()) + " ms.";
}

}  // namespace

void append_course_charts(std::string& out, const load_summary& summary) {
  const auto rows = told(summary);
  append_element(out, "h2", "Over the number of calls");
  if (different_calls(rows) < 2) {
    append_element(out, "p",
                   "It takes two steps with different numbers of calls to show a course, for example "
                   "with --calls 10,50,200." +
                       left_out(summary),
                   "class=\"note\"");
    return;
  }
  append_element(
      out, "p",
      "Values begin at zero; the number of calls is drawn to a logarithmic scale." + left_out(summary),
      "class=\"note\"");
  const html_element charts(out, "div", "class=\"charts\"");
  append_course(
      out, rows, "CPU", "ms per call-second",
      {line_of(rows, "", "r5", 3, "ms", [](const load_row& row) { return unless_zero(row.cpu_ms); })});
  append_course(
      out, rows, "Memory", "KiB per call",
      {line_of(rows, "", "r5", 1, "KiB", [](const load_row& row) { return unless_zero(row.kib); })});
  append_course(out, rows, "Media delay", "ms", shares_of(rows, &load_row::delay));
  append_course(out, rows, "Set-up", "ms, p99", {shares_of(rows, &load_row::set_up)[1]});
  append_course(out, rows, "Tandem's share of a turn", "ms", shares_of(rows, &load_row::own));
  const auto clear = [&](auto times) {
    return line_of(rows, "", "r5", 2, "ms", [=](const load_row& row) -> std::optional<double> {
      const auto& of = row.interruptions.*times;
      if (of.count() == 0) return std::nullopt;
      return static_cast<double>(of.at(0.99)) / 1000;
    });
  };
  append_course(out, rows, "From words to silence", "ms, p99", {clear(&interruption_times::by_words)});
  append_course(out, rows, "From voice to silence", "ms, p99", {clear(&interruption_times::by_voice)});
}

void append_cost_growth(std::string& out, const load_summary& summary) {
  auto rows = told(summary);
  std::erase_if(rows, [](const load_row* row) { return row->engine_cores() <= 0; });
  const auto growth = growth_of(summary.rows);
  if (growth.steps < 2) return;
  append_element(out, "h2", "How the cost grows");
  const html_element beside(out, "div", "class=\"beside\"");
  {
    const html_element words(out, "div");
    append_element(out, "p", growth_sentence(growth));
    append_element(out, "p", course_sentence(*rows.front(), *rows.back(), growth));
  }
  chart drawn{.title = "The engine's CPU over the number of calls, in percent of a core", .across = "calls"};
  chart_line measured{.look = "r5", .joined = false};
  chart_line fitted{.name = "line", .look = "r2 fit", .dotted = false};
  for (const auto* row : rows) {
    drawn.ticks.push_back({static_cast<double>(row->calls), grouped(row->calls)});
    const auto said = grouped(row->calls) + " calls: " + percent(row->engine_cores(), 1) + " of a core";
    measured.points.push_back({row->live, row->engine_cores() * 100, said});
  }
  for (const auto calls : {0.0, rows.back()->live})
    fitted.points.push_back({calls, (growth.base + growth.each * calls) * 100, ""});
  drawn.ticks.push_back({0, "0"});
  drawn.lines = {fitted, measured};
  append_figure(out, "The engine's CPU", "% of a core", drawn);
}

void append_delay_chart(std::string& out, const load_summary& summary) {
  auto rows = told(summary);
  std::erase_if(rows, [](const load_row* row) { return row->delay.count() == 0; });
  if (rows.empty()) return;
  append_element(out, "h2", "How media delays are spread");
  chart drawn{.title = "Media delay by share of chunks, one line for each step", .across = "share of chunks"};
  drawn.up_scale = chart_scale::logarithmic;
  const auto every = (rows.size() + most_names - 1) / most_names;
  double farthest = 0;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    const auto named = (rows.size() - 1 - n) % every == 0;
    chart_line line{
        .name = named ? grouped(rows[n]->calls) : "", .look = look(n, rows.size()), .dotted = false};
    for (const auto& each : quantiles_of(rows[n]->delay)) {
      // The shortest of all says nothing of the others.
      if (each.share == 0) continue;
      const auto ms = std::max(1.0, static_cast<double>(each.microseconds)) / 1000;
      line.points.push_back({-std::log10(1 - each.share), ms, ""});
      farthest = std::max(farthest, line.points.back().x);
    }
    drawn.lines.push_back(std::move(line));
  }
  for (const auto& [share, name] :
       {std::pair{0.5, "50 %"}, {0.9, "90 %"}, {0.99, "99 %"}, {0.999, "99.9 %"}, {0.9999, "99.99 %"}}) {
    const auto at = -std::log10(1 - share);
    if (at <= farthest + rounding) drawn.ticks.push_back({at, name});
  }
  const html_element beside(out, "div", "class=\"beside\"");
  {
    const html_element words(out, "div");
    append_element(out, "p", spread_sentence(*rows.back()));
    append_element(out, "p",
                   "Each line is a step, and tells which share of the chunks of audio had no greater delay. "
                   "From 90 % on each tick is ten times rarer than the one before; delays are drawn to a "
                   "logarithmic scale.",
                   "class=\"note\"");
  }
  append_figure(out, "Media delay", "ms, by number of calls", drawn);
}

}  // namespace tandem::lab
