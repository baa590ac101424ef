#pragma once

#include "gateway/settings/settings.hpp"

namespace tandem {

/// Runs the engine until SIGTERM or SIGINT, then drains; a second signal ends at once. SIGHUP reads `source`
/// again and applies what can change live. The process' exit code.
int serve(const settings& values, const settings_source& source);

}  // namespace tandem
