#pragma once

#include "tests/lab/load/load_summary.hpp"

#include <string>

namespace tandem::lab {

/// The run as one JSON object and a line's end.
///
/// `command` (line for a shell, secrets as ***), `began_at` (RFC 3339), `profile`, `seed`, `engine`
/// (HOST:PORT of one that ran already, or empty), `seconds` (asked for), `rate`, `engine_threads` (0 =
/// another's engine), `pinned`, `right` (every check held), and
/// - `machine`: `cpu`, `cores`, `memory_mib`, `system`, `kernel`, each empty or 0 when it is not known;
/// - `build`: `version`, `commit`, `build` as the engine's program tells them, empty when it was not asked;
/// - `rows`: one object for each step, with the members below.
///
/// TIMES is an object of `count`, `p50`, `p99`, `p999` and `max`, in seconds. Where the generator was the
/// bottleneck, the members marked * are null: they would not be the engine's. So are all that only the
/// engine's process or its admin side tells, where there is none (`has_admin`).
/// - `calls` (wanted), `live_calls` (up on average), `seconds` (measured), `calls_per_second` (that began);
/// - `right`, `faults` (what did not hold, in words), `generator_late`, `generator_bottleneck`,
///   `bottleneck` (in what, in words; empty otherwise);
/// - `cpu_ms_per_call_second`*, `kib_per_call`* (both of the engine);
/// - `resident_mib_before`, `_after`, `_after_1000_calls` (0 = there were fewer), `_at_the_end` (of the
///   measurement), `_per_hour`* (while measuring), `_per_hour_uncertainty`* (95 %; both null when it was
///   short);
/// - TIMES `delay_seconds`*, `set_up_seconds`*, `words_to_clear_seconds`*, `voice_to_clear_seconds`*,
///   `own_seconds`*, and with --api `api_list_seconds`*, `api_call_seconds`*;
/// - `delay_quantiles`*: pairs of `share` (0 … 1) and `seconds`, as far as there are times;
/// - `min_interruption_seconds`: so much voice the engine waits for;
/// - `own_told_turns`*, `own_told_mean_seconds`*, `own_told_within_5_ms`*, `own_told_within_20_ms`* (shares):
///   the engine's own account;
/// - TIMES `generator_lateness_seconds` (of frames that leave), `provider_loop_lag_seconds` (at most),
///   `generator_cores` (that it may use), `generator_cpu_seconds`, `generator_cpu_share` (of these cores),
///   `generator_busiest_thread` (of a core);
/// - `ended_calls`, `undisturbed_calls`, `refused`, `failed`, `ended_by_engine` (though nothing was wrong),
///   `killed_actors`, `wrong_bytes`, `missing_frames`, `repeated_frames`, `frames_up`, `frames_down`:
///   numbers;
/// - `end_reasons`: by reason, how many calls the engine recorded with it;
/// - `metrics`: some of the engine's, by name, summed over labels.
std::string report_json(const load_summary& summary);

}  // namespace tandem::lab
