#pragma once

#include "actors/runtime/services.hpp"
#include "gateway/settings/settings.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem {

/// What reading the configuration again came to.
struct reloaded_settings {
  /// What new calls are made from; empty when the configuration is refused and nothing changes.
  std::shared_ptr<const call_settings> calls;
  /// As at the start, one line each.
  std::vector<std::string> faults;
  std::vector<std::string> warnings;
  /// Keys that have another value now.
  std::vector<std::string> changed;
  /// Keys that were given another value but keep the one of the start.
  std::vector<std::string> need_restart;
};

/// Keeps what a running node goes by, and brings it up to date from where it came from.
class reloader {
 public:
  reloader(settings_source source, settings running);

  /// Reads everything again, the files that settings name with it.
  reloaded_settings reload();

  /// What holds now.
  const settings& values() const { return running_; }

 private:
  settings_source source_;
  settings running_;
};

}  // namespace tandem
