#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// A phone number for logs: `+4915112345678` becomes `+49***78`, `4915112345678` becomes `***78`. Numbers of
/// fewer than seven digits and everything that is no number (a SIP address, a name) become `***`; nothing
/// stays nothing. Never longer than eight characters.
std::string mask_number(std::string_view number);

}  // namespace tandem
