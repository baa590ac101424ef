#pragma once

#include "actors/messages.hpp"

namespace tandem {

class loop;

/// Spawns who takes one stream on the fixed token that came while the node takes no calls, and waits for it
/// to say which call it carries: a call that is here gets it, and any other is refused for `why`, which is
/// counted.
stream_taker spawn_stray_stream(loop& home, const node_actor& node, refusal why, metrics& measure);

}  // namespace tandem
