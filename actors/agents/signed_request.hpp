#pragma once

#include "actors/agents/agent.hpp"

#include <cstdint>

namespace tandem {

/// Signs a request as every request to the operator's servers is signed, unless the settings have no secret.
void sign(http_request& request, const agent_settings& settings, std::int64_t unix_seconds);

}  // namespace tandem
