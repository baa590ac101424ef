#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem::lab {

struct chart_point {
  double x = 0;
  double y = 0;
  std::string said;  ///< shown when somebody points at it
};

struct chart_line {
  /// Stands at its end.
  std::string name;
  /// Classes of the page's style sheet that give its colour.
  std::string look;
  /// In the order of their `x`.
  std::vector<chart_point> points;
  /// Whether there is a line from point to point, and whether each point has a dot.
  bool joined = true;
  bool dotted = true;
};

enum class chart_scale : std::uint8_t { linear, logarithmic };

struct chart_tick {
  double at = 0;
  std::string name;
};

/// Lines over one axis of values; draws itself as SVG that takes its colours from the page.
struct chart {
  /// For those who cannot see it.
  std::string title;
  std::string across;  ///< what `x` is
  chart_scale across_scale = chart_scale::linear;
  std::vector<chart_tick> ticks;  ///< of `x`
  /// A linear axis begins at zero. A logarithmic one takes values above zero alone.
  chart_scale up_scale = chart_scale::linear;
  std::vector<chart_line> lines;
};

/// An `svg` element of 360 by 224 units, for a page in HTML. Lines without a point are left out.
std::string svg_of(const chart& what);

}  // namespace tandem::lab
