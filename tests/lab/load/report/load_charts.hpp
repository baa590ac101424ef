#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <string>

/// The charts of a load report's page; none shows a step without figures.
namespace tandem::lab {

/// Costs and times over the number of calls.
void append_course_charts(std::string& out, const load_summary& summary);

/// Whether the engine's CPU grows in proportion to the calls, in words and as a chart.
void append_cost_growth(std::string& out, const load_summary& summary);

/// How the delays of media are spread, one line for each step.
void append_delay_chart(std::string& out, const load_summary& summary);

}  // namespace tandem::lab
