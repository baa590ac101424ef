#pragma once

#include "tests/lab/cluster/trial.hpp"

#include <string>
#include <vector>

namespace tandem::lab {

/// Adds to the faults what takes longer than it should: calls of a node that is killed, stands still or is
/// cut off speak within 3 s, half of them within 1.5 s; of those that move in a rolling restart 99 % do
/// within 1 s.
void require_targets(trial_result& result);

/// A line for people, and one for each of the first faults.
std::string trial_text(const trial_result& result);

/// The run as one JSON object and a line's end: `second_stream`, `rest_delay_ms` (pair), and `scenarios`,
/// each an object of `scenario`, `right` (no faults), `calls`, `moves`, `moves_while_talking`, `gap_ms`
/// (object of `p50`, `p90`, `p99`, `max`, `mean` over all moves), `repeated_words`, `lost_words`,
/// `unanswered_turns`, `figures` (by name) and `faults` (texts).
std::string trials_json(const stage_options& how, const std::vector<trial_result>& results);

}  // namespace tandem::lab
