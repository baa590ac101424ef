#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <string>

/// What the steps of a load report cost and took, one line for each; each table explains its columns below,
/// and says why a step has no figures.
namespace tandem::lab {

void append_step_table(std::string& out, const load_summary& summary);

/// How soon callers who interrupted were heard; nothing when nobody did.
void append_interruptions(std::string& out, const load_summary& summary);

/// How fast the API answered meanwhile; nothing when it was not asked.
void append_api_table(std::string& out, const load_summary& summary);

}  // namespace tandem::lab
