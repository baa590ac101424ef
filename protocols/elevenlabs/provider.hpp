#pragma once

#include "protocols/providers/recogniser.hpp"
#include "protocols/providers/synthesiser.hpp"

/// ElevenLabs as calls use it: Scribe realtime and `multi-stream-input`.
namespace tandem::elevenlabs {

const recogniser_protocol& recogniser();

const synthesiser_protocol& synthesiser();

}  // namespace tandem::elevenlabs
