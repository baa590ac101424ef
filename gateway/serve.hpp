#pragma once

#include "gateway/settings/settings.hpp"

namespace tandem {

/// Runs the engine until SIGTERM or SIGINT, then drains; a second signal ends at once. The process' exit
/// code.
int serve(const settings& values);

}  // namespace tandem
