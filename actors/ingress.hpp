#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <memory>

namespace tandem {

class line_recording;
class loop;
struct audio_path;
namespace telnyx {
struct start;
}

/// What a stream's `start` says of it.
stream_started describe(const telnyx::start& event);

/// Spawns the owner of a call's stream from the carrier, of which the newest counts. It passes the caller's
/// audio to the recogniser in `path`, and stands in `path` itself while it has a stream to play to. The
/// recording hears both sides; none = the call is not recorded, and there is one while somebody listens in.
ingress_actor spawn_ingress(loop& home, const call_actor& call, const dialogue_actor& dialogue,
                            std::shared_ptr<audio_path> path, const call_settings& settings, metrics& measure,
                            std::shared_ptr<line_recording> recording = {});

}  // namespace tandem
