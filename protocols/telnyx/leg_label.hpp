#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::telnyx {

/// What a leg is to the call that it is labelled with.
enum class leg_role : std::uint8_t {
  conversation,  ///< the agent talks on it
  transfer,      ///< the far end that a call is transferred to
  released       ///< was a conversation, and is bridged to somebody else now
};

/// What the `client_state` of our legs says: whose they are. It comes back with every webhook of the leg and
/// in lists of legs, so that a leg is known by any node, also by one that has been started anew.
struct leg_label {
  leg_role role = leg_role::conversation;
  /// The node that owns the call; a hint for others where to ask first.
  std::string node;
  /// Our id of the call, with the node and the epoch of its birth.
  std::string call_id;
};

/// The label as text, `tandem:conversation:NODE:CALL`; node and call id are free of colons.
std::string to_text(const leg_label& label);

/// Reads a label; nothing for any other text, such as what somebody else's legs carry.
std::optional<leg_label> read_leg_label(std::string_view text);

/// The call of this node whose conversation a leg with this client state is; nothing for any other leg.
std::optional<std::string> conversation_of(std::string_view node, std::string_view client_state);

}  // namespace tandem::telnyx
