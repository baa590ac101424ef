#pragma once

#include "protocols/json_builder.hpp"
#include "protocols/telnyx/media.hpp"

#include <string_view>

namespace tandem::telnyx {

/// Adds what every command takes: `client_state`, as base64, and `command_id`; what is empty is left out.
void add_command_members(json::builder& body, std::string_view client_state, std::string_view command_id);

/// Adds what asks for a stream of both directions in one codec, for the leg itself.
void add_stream(json::builder& body, std::string_view url, codec name);

}  // namespace tandem::telnyx
