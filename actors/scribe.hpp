#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <memory>

namespace tandem {

class loop;
struct audio_path;

/// Spawns a call's speech recognition: enters itself into `path`, connects at once, and again whenever the
/// session is lost, without losing or doubling words, until it is ended.
scribe_actor spawn_scribe(loop& home, const call_actor& call, const dialogue_actor& dialogue,
                          std::shared_ptr<audio_path> path, const call_settings& settings,
                          const services& shared);

}  // namespace tandem
