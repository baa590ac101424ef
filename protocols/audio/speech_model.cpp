#include "protocols/audio/speech_model.hpp"

// Debian's library has these and no header for them; they are those of WebRTC's webrtc_vad.h.
extern "C" {
WebRtcVadInst* WebRtcVad_Create();
void WebRtcVad_Free(WebRtcVadInst* handle);
int WebRtcVad_Init(WebRtcVadInst* handle);
int WebRtcVad_set_mode(WebRtcVadInst* handle, int mode);
int WebRtcVad_Process(WebRtcVadInst* handle, int rate, const std::int16_t* frame, std::size_t samples);
}

namespace tandem {
namespace {

// Of 0 to 3: 3 takes noise for speech no less often behind a gate of energy, and speech for noise more often.
constexpr int mode = 2;

}  // namespace

void speech_model::freed::operator()(WebRtcVadInst* state) const { WebRtcVad_Free(state); }

speech_model::speech_model(std::uint32_t rate) : rate_(rate), state_(WebRtcVad_Create()) {
  WebRtcVad_Init(state_.get());
  WebRtcVad_set_mode(state_.get(), mode);
}

bool speech_model::is_speech(std::span<const std::int16_t> frame) {
  return WebRtcVad_Process(state_.get(), static_cast<int>(rate_), frame.data(), frame.size()) == 1;
}

}  // namespace tandem
