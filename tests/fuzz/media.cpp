#include "protocols/telnyx/media.hpp"

#include "protocols/telnyx/carrier.hpp"

#include <cstdlib>
#include <vector>

using namespace tandem;
using namespace tandem::telnyx;

namespace {

std::string written(const stream_event& event) {
  std::string out;
  std::visit(
      [&](const auto& kind) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(kind)>, unknown>) carrier::append(out, kind);
      },
      event);
  return out;
}

}  // namespace

/// Any text is a fault or an event, and an event that the carrier sends is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<char> text(data, data + size);
  const auto event = decode_event(text);
  if (!event || std::holds_alternative<unknown>(*event)) return 0;
  const std::string wire = written(*event);
  std::string read = wire;
  const auto back = decode_event(read);
  if (!back || back->index() != event->index() || written(*back) != wire) std::abort();
  return 0;
}
