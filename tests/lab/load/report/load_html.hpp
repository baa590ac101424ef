#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <string>

namespace tandem::lab {

/// The run as one page of HTML for people: complete in itself, without any script and without a reference to
/// anything else. Verdict first; then what was run, figures, charts, what was checked, and what the measuring
/// itself cost.
std::string report_html(const load_summary& summary);

}  // namespace tandem::lab
