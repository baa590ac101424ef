#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::lab {

/// A machine, as far as figures depend on it; empty what is not known.
struct machine_facts {
  std::string cpu;
  unsigned cores = 0;  ///< logical
  std::uint64_t memory_mib = 0;
  std::string system;  ///< the distribution
  std::string kernel;
};

/// What this machine says of itself.
machine_facts this_machine();

/// The value of the first line `name<blanks>SEPARATOR<blanks>value`, without quotes around it; empty when
/// there is none.
std::string named_value(std::string_view text, std::string_view name, char separator);

}  // namespace tandem::lab
