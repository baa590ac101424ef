#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <string>

/// The report for the terminal: a table in Markdown.
namespace tandem::lab {

/// The head of the table.
std::string report_head();

/// One row of it, with what else there is to say, and with what is wrong, in lines below. Where the generator
/// was the bottleneck the row says so in place of costs and times.
std::string report_row(const load_row& row);

}  // namespace tandem::lab
