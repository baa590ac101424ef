#pragma once

#include "tests/lab/load/load_run.hpp"

namespace tandem::lab {

/// What a run that begins now is, without any step yet; asks machine and engine.
load_summary describe_run(const load_options& options);

}  // namespace tandem::lab
