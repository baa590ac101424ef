#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <string>

/// What was counted and measured besides, one line for each step; each table explains its columns below.
namespace tandem::lab {

/// What became of calls and frames, and how the calls ended.
void append_check_tables(std::string& out, const load_summary& summary);

/// The engine's memory; nothing when its process is not known.
void append_memory_table(std::string& out, const load_summary& summary);

/// What the measuring cost, and how much was measured.
void append_generator_table(std::string& out, const load_summary& summary);

}  // namespace tandem::lab
