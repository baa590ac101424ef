#pragma once

#include "gateway/settings/settings.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unistd.h>

namespace spdlog {
class logger;
}

namespace tandem {

/// The process' log for as long as it lives: what spdlog's free functions write goes out as one line each, by
/// a thread of its own. Text is `2026-05-01T10:00:00.123Z info  message`, JSON has the members `time`,
/// `level`, `message` and one for each `key=value` (`log_fields`); control characters are escaped in both.
///
/// No call that logs ever waits for the descriptor: beyond `queue_bound` lines the oldest go, and a reader
/// that does not read loses lines. How many went is logged. Warnings and errors that repeat are bounded
/// (`repeated_lines`).
class process_log {
 public:
  static constexpr std::size_t queue_bound = 4096;

  /// Takes over spdlog's default logger and the thread pool of its registry.
  explicit process_log(const settings::log_section& how, int descriptor = STDERR_FILENO);

  /// Writes what is queued, for at most two seconds, and gives the former default logger back. No other
  /// thread may log any more.
  ~process_log();

  process_log(const process_log&) = delete;

 private:
  std::shared_ptr<spdlog::logger> former_;
};

/// Changes least level and form of what is written from now on; from any thread.
void change_log(const settings::log_section& how);

/// Waits until what was logged before is written; false when that took longer than `within`. For an end
/// without
/// `~process_log`.
bool flush_log(std::chrono::milliseconds within);

}  // namespace tandem
