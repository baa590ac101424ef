#include "protocols/elevenlabs/scribe_server.hpp"

#include <cstdlib>
#include <string>

using namespace tandem;

/// Any text is a fault or a message, and a message that is written again is read as the same kind.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto message = scribe::decode_message(text);
  if (!message) return 0;
  std::string again;
  scribe::append_message(again, *message);
  const std::string written = again;
  const auto back = scribe::decode_message(again);
  if (!back || back->index() != message->index()) std::abort();
  // Word times may lose a last digit on the way.
  if (std::holds_alternative<scribe::committed_with_timestamps>(*back)) return 0;
  std::string third;
  scribe::append_message(third, *back);
  if (third != written) std::abort();
  return 0;
}
