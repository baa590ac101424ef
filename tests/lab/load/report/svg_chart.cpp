#include "tests/lab/load/report/svg_chart.hpp"

#include "tests/lab/load/report/figure_texts.hpp"
#include "tests/lab/load/report/html_writer.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace tandem::lab {

namespace {

constexpr double width = 360;
constexpr double height = 224;
constexpr double left = 42;
constexpr double right = 306;
constexpr double top = 12;
constexpr double bottom = 178;
/// Of one line of text, and about what a letter takes.
constexpr double text_height = 14;
constexpr double letter_width = 6.8;
constexpr double tick_gap = 8;
constexpr double intervals = 4;
/// A logarithmic axis that spans more has ticks at powers of ten alone.
constexpr double most_ratio_of_all_ticks = 100;

std::string place(double value) { return fixed(value, 1); }

/// One axis: from values to units of the drawing.
struct scale {
  chart_scale kind = chart_scale::linear;
  double least = 0;
  double most = 1;
  double from = 0;
  double to = 1;

  double at(double value) const {
    const auto part = kind == chart_scale::linear
                          ? (value - least) / (most - least)
                          : std::log(std::max(value, least) / least) / std::log(most / least);
    return from + part * (to - from);
  }
};

/// The n-th of 1, 2, 5, 10, 20, 50 …, which go on below 1 with negative `n`.
double round_number(int n) {
  const auto tens = static_cast<int>(std::floor(n / 3.0));
  return std::array{1.0, 2.0, 5.0}[static_cast<std::size_t>(n - 3 * tens)] * std::pow(10, tens);
}

/// The smallest of them that is no less.
double round_step(double at_least) {
  auto n = 3 * static_cast<int>(std::floor(std::log10(at_least)));
  while (round_number(n) < at_least * (1 - 1e-9)) ++n;
  return round_number(n);
}

/// As few digits as tell the steps apart.
std::string tick_text(double value, double step) {
  return fixed(value, std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9))));
}

struct range {
  double least = std::numeric_limits<double>::infinity();
  double most = -std::numeric_limits<double>::infinity();

  void add(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

scale scale_across(const chart& what) {
  range seen;
  for (const auto& each : what.ticks) seen.add(each.at);
  for (const auto& line : what.lines) {
    for (const auto& each : line.points) seen.add(each.x);
  }
  if (!(seen.least < seen.most)) return {chart_scale::linear, seen.least - 1, seen.least + 1, left, right};
  return {what.across_scale, seen.least, seen.most, left, right};
}

/// The axis of values, widened to whole steps, and its ticks.
std::pair<scale, std::vector<chart_tick>> scale_up(const chart& what) {
  range seen;
  for (const auto& line : what.lines) {
    for (const auto& each : line.points) {
      if (what.up_scale == chart_scale::linear || each.y > 0) seen.add(each.y);
    }
  }
  scale out{what.up_scale, 0, 1, bottom, top};
  std::vector<chart_tick> ticks;
  if (what.up_scale == chart_scale::linear) {
    seen.add(0);
    const auto step = round_step(seen.most > seen.least ? (seen.most - seen.least) / intervals : 1);
    const auto first = std::floor(seen.least / step + 1e-9);
    const auto last = std::max(first + 1, std::ceil(seen.most / step - 1e-9));
    out.least = first * step;
    out.most = last * step;
    for (auto n = first; n <= last; ++n) ticks.push_back({n * step, tick_text(n * step, step)});
    return {out, ticks};
  }
  if (seen.most < seen.least) seen.least = seen.most = 1;
  auto n = 3 * static_cast<int>(std::floor(std::log10(seen.least)));
  while (round_number(n + 1) <= seen.least) ++n;
  out.least = round_number(n);
  const auto many = seen.most / out.least > most_ratio_of_all_ticks;
  for (; ticks.empty() || out.most < seen.most || ticks.size() < 2; ++n) {
    out.most = round_number(n);
    if (many && n % 3 != 0 && !ticks.empty() && out.most < seen.most) continue;
    ticks.push_back({out.most, tick_text(out.most, out.most)});
  }
  return {out, ticks};
}

void append_text(std::string& out, double x, double y, std::string_view looks, std::string_view text) {
  append_element(out, "text", text,
                 "class=\"" + std::string(looks) + "\" x=\"" + place(x) + "\" y=\"" + place(y) + "\"");
}

void append_rule(std::string& out, double y, std::string_view looks) {
  out += "<line class=\"" + std::string(looks) + "\" x1=\"" + place(left) + "\" x2=\"" + place(right) +
         "\" y1=\"" + place(y) + "\" y2=\"" + place(y) + "\"/>\n";
}

/// From the right, so that the last one is always there; those that would touch it are left out.
void append_ticks_across(std::string& out, const chart& what, const scale& across) {
  auto free = std::numeric_limits<double>::infinity();
  auto ticks = what.ticks;
  std::stable_sort(ticks.begin(), ticks.end(), [](const auto& a, const auto& b) { return a.at > b.at; });
  for (const auto& each : ticks) {
    const auto x = across.at(each.at);
    const auto half = letter_width * static_cast<double>(each.name.size()) / 2;
    if (x + half + tick_gap > free) continue;
    free = x - half;
    out += "<line class=\"tick\" x1=\"" + place(x) + "\" x2=\"" + place(x) + "\" y1=\"" + place(bottom) +
           "\" y2=\"" + place(bottom + 4) + "\"/>\n";
    append_text(out, x, bottom + 18, "number middle", each.name);
  }
  append_text(out, (left + right) / 2, height - 8, "axis middle", what.across);
}

void append_points(std::string& out, const chart_line& line, const scale& across, const scale& up) {
  const html_element group(out, "g", "class=\"" + line.look + "\"");
  if (line.joined) {
    out += "<polyline class=\"line\" points=\"";
    for (const auto& each : line.points) out += place(across.at(each.x)) + "," + place(up.at(each.y)) + " ";
    out += "\"/>\n";
  }
  if (!line.dotted) return;
  for (const auto& each : line.points) {
    const auto at = "cx=\"" + place(across.at(each.x)) + "\" cy=\"" + place(up.at(each.y)) + "\"";
    const html_element point(out, "g");
    append_element(out, "title", each.said);
    for (const auto* dot : {"class=\"reach\" r=\"10\" ", "class=\"dot\" r=\"3\" "})
      out.append("<circle ").append(dot).append(at).append("/>\n");
  }
}

/// Names beside the lines' ends, pushed apart where they would cover each other.
void append_names(std::string& out, const chart& what, const scale& up) {
  struct label {
    double y;
    const chart_line* line;
  };
  std::vector<label> labels;
  for (const auto& line : what.lines) {
    if (line.points.empty() || line.name.empty()) continue;
    labels.push_back({up.at(line.points.back().y), &line});
  }
  std::stable_sort(labels.begin(), labels.end(), [](const auto& a, const auto& b) { return a.y > b.y; });
  auto lowest = bottom;
  for (auto& each : labels) {
    each.y = std::min(each.y, lowest);
    lowest = each.y - text_height;
  }
  // Too many for the height: all move down again.
  const auto over = labels.empty() ? 0 : std::max(0.0, top - labels.back().y);
  for (const auto& each : labels)
    append_text(out, right + 8, each.y + over + 4, "name " + each.line->look, each.line->name);
}

}  // namespace

std::string svg_of(const chart& what) {
  const auto across = scale_across(what);
  const auto [up, ticks] = scale_up(what);
  std::string title;
  append_escaped(title, what.title);
  std::string out;
  {
    const html_element svg(out, "svg",
                           "viewBox=\"0 0 " + fixed(width, 0) + " " + fixed(height, 0) +
                               "\" role=\"img\" aria-label=\"" + title + "\"");
    for (const auto& each : ticks) {
      append_rule(out, up.at(each.at), "rule");
      append_text(out, left - 8, up.at(each.at) + 4, "number end", each.name);
    }
    append_rule(out, up.kind == chart_scale::linear ? up.at(0) : bottom, "base");
    append_ticks_across(out, what, across);
    for (const auto& line : what.lines) {
      if (!line.points.empty()) append_points(out, line, across, up);
    }
    append_names(out, what, up);
  }
  return out;
}

}  // namespace tandem::lab
