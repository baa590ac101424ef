#pragma once

#include "protocols/cluster/report.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace prometheus {
class Registry;
}

namespace tandem {

struct metrics;
struct node_list;

/// The Content-Type of an exposition.
inline constexpr std::string_view exposition_type = "text/plain; version=0.0.4; charset=utf-8";

/// How much of this process is in memory.
std::uint64_t resident_bytes();

/// What this process uses by now.
cluster::process_use use_of_process();

/// What `GET /metrics` answers: every family of the registry, brought up to date, and this process' memory,
/// CPU time and open files; Prometheus' text format 0.0.4.
std::string expose(metrics& measure, const prometheus::Registry& registry);

/// What `GET /metrics?scope=cluster` answers: what each node that reports has said of itself, so that one
/// that can be reached tells of all.
std::string expose(const node_list& nodes);

}  // namespace tandem
