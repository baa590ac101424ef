#include "protocols/elevenlabs/scribe_server.hpp"

#include <cstdlib>
#include <string>

using namespace tandem;

/// Any text is a chunk or refused; any query that is accepted is written again as one of the same meaning.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto session = scribe::parse_query(text);
  if (session) {
    const auto back = scribe::parse_query(scribe::query(*session));
    if (!back || scribe::query(*back) != scribe::query(*session)) std::abort();
    for (const auto spelling : {scribe::config_spelling::documented, scribe::config_spelling::live}) {
      std::string started;
      scribe::append_session_started(started, "id", *session, spelling);
      const auto message = scribe::decode_message(started);
      if (!message || !std::holds_alternative<scribe::session_started>(*message)) std::abort();
    }
  }
  const auto chunk = scribe::decode_chunk(text);
  if (!chunk && chunk.error().empty()) std::abort();
  return 0;
}
