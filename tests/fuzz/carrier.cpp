#include "protocols/telnyx/carrier.hpp"

#include <cstdlib>
#include <vector>

using namespace tandem;
using namespace tandem::telnyx;

/// Any text is a fault or a command, and a command that the engine sends is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<char> text(data, data + size);
  const auto command = carrier::decode_command(text);
  if (!command) return 0;
  std::string wire;
  if (const auto* audio = std::get_if<media>(&*command)) {
    append_media(wire, audio->payload);
  } else if (const auto* name = std::get_if<mark>(&*command)) {
    append_mark(wire, name->name);
  } else {
    return 0;
  }
  std::string read = wire;
  const auto back = carrier::decode_command(read);
  if (!back || back->index() != command->index()) std::abort();
  std::string again;
  if (const auto* audio = std::get_if<media>(&*back)) append_media(again, audio->payload);
  if (const auto* name = std::get_if<mark>(&*back)) append_mark(again, name->name);
  if (again != wire) std::abort();
  return 0;
}
