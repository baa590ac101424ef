#pragma once

#include <caf/fwd.hpp>

namespace tandem {

/// Gives the actor system that is made next an identity at random. CAF's own comes from the MAC addresses and
/// the process' number: in containers these are the same on different machines, and at every start, so that
/// nodes would take each other for themselves.
void randomise_identity(caf::actor_system_config& config);

}  // namespace tandem
