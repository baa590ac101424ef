#pragma once

#include "protocols/conversation/turn_timing.hpp"

#include <string>

namespace tandem::lab {

/// Where the time of an answer went, as a bar of 40 ms a character and in words, on one line; in colours when
/// wanted. Empty when it is not known.
std::string waterfall(const turn_timing& timing, bool colours);

/// Milliseconds, with a decimal as long as that says something.
std::string short_ms(turn_timing::time of);

}  // namespace tandem::lab
