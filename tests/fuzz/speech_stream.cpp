#include "protocols/elevenlabs/speech_stream_server.hpp"

#include <cstdlib>
#include <string>

using namespace tandem;

/// Any text is a fault or a message, and an output that is written again, in either spelling, is read as it
/// was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto message = tts::decode_message(text);
  if (!message || !std::holds_alternative<tts::output>(*message)) return 0;
  const auto& output = std::get<tts::output>(*message);
  for (const auto names : {tts::spelling::camel_case, tts::spelling::snake_case}) {
    std::string again;
    tts::append_output(again, output, names);
    const auto back = tts::decode_message(again);
    // Without audio, alignment and end nothing is left that would make it an output.
    if (output.audio.empty() && output.alignment.empty() && output.normalized_alignment.empty() &&
        !output.is_final)
      continue;
    if (!back || !std::holds_alternative<tts::output>(*back)) std::abort();
    const auto& same = std::get<tts::output>(*back);
    if (same.audio.size() != output.audio.size() || same.is_final != output.is_final) std::abort();
    if (same.alignment.size() != output.alignment.size()) std::abort();
    if (same.normalized_alignment.size() != output.normalized_alignment.size()) std::abort();
    for (std::size_t i = 0; i < same.alignment.size(); ++i) {
      if (same.alignment[i].start_ms != output.alignment[i].start_ms) std::abort();
    }
  }
  return 0;
}
