#include "protocols/elevenlabs/speech_stream_server.hpp"

#include <cmath>
#include <cstdlib>
#include <string>

using namespace tandem;

namespace {

/// The parser may miss a number's nearest double by a last digit.
bool same(const std::optional<double>& a, const std::optional<double>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::abs(*a - *b) <= std::abs(*a) * 1e-12;
}

}  // namespace

/// Any target and any client message is understood or refused; a target that is understood is written again
/// as one of the same meaning.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto socket = tts::parse_target(text)) {
    const auto back = tts::parse_target(tts::target(*socket));
    if (!back || !(*back == *socket)) std::abort();
  }
  const auto message = tts::decode_client(text);
  if (message && message->voice) {
    std::string open;
    tts::append_open_context(open, message->context.value_or("c"), *message->voice);
    const auto back = tts::decode_client(open);
    if (!back || back->text != " ") std::abort();
    const auto voice = back->voice.value_or(tts::voice_settings{});
    if (voice.use_speaker_boost != message->voice->use_speaker_boost) std::abort();
    if (!same(voice.stability, message->voice->stability) || !same(voice.style, message->voice->style) ||
        !same(voice.similarity_boost, message->voice->similarity_boost) ||
        !same(voice.speed, message->voice->speed))
      std::abort();
  }
  return 0;
}
