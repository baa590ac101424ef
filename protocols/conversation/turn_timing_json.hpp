#pragma once

#include "protocols/conversation/turn_timing.hpp"
#include "protocols/json.hpp"

namespace tandem {

/// The timing that this object is; see `read_timing` of a text.
turn_timing read_timing(const json::value& object);

}  // namespace tandem
