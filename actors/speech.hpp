#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <memory>

namespace tandem {

class loop;
struct audio_path;

/// Spawns a call's speech synthesis: enters itself into `path`, connects at once, and speaks one turn at a
/// time over the carrier's stream in `path` until it is ended. Audio waits while there is no stream.
speech_actor spawn_speech(loop& home, const call_actor& call, const dialogue_actor& dialogue,
                          std::shared_ptr<audio_path> path, const call_settings& settings,
                          const services& shared);

}  // namespace tandem
