#pragma once

#include "protocols/telnyx/media.hpp"

#include <string>

namespace tandem::lab {

/// What the demo is made of; empty files stand for the shipped example's.
struct demo_options {
  /// Gets the recording, the record, the log and the configuration.
  std::string directory = "tandem-demo";
  std::string engine;
  /// `book-a-table` or `front-desk`.
  std::string example = "book-a-table";
  std::string agent_script;
  std::string caller_script;
  /// Of the line and of the engine's settings.
  telnyx::codec codec = telnyx::codec::pcmu;
  /// Whether the engine stays up after the call, for its console, until SIGINT or SIGTERM.
  bool stays = false;
};

/// Runs the engine, local speech and a simulated carrier, places one spoken call, shows it and judges it.
/// The process' exit code: 0 when the conversation worked.
int run_demo(const demo_options& options);

}  // namespace tandem::lab
