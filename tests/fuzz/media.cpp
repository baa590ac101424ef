#include "protocols/telnyx/media.hpp"

#include "protocols/telnyx/carrier.hpp"
#include "protocols/telnyx/plain_media.hpp"

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

namespace {

/// What is read as a plain frame is the same frame when a member that is none keeps it from being one.
void compare_readers(std::vector<char> text) {
  std::string odd(text.begin(), text.end());
  const auto plain = read_plain_media(text);
  if (!plain) return;
  odd.insert(odd.find('{') + 1, "\"\\u0078\":null,");
  const auto general = decode_event(odd);
  if (*plain ? !general || written(stream_event(**plain)) != written(*general)
             : general || general.error() != plain->error()) {
    std::abort();
  }
}

}  // namespace

/// Any text is a fault or an event, and an event that the carrier sends is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  compare_readers({data, data + size});
  std::vector<char> text(data, data + size);
  const auto event = decode_event(text);
  if (!event || std::holds_alternative<unknown>(*event)) return 0;
  const std::string wire = written(*event);
  std::string read = wire;
  const auto back = decode_event(read);
  if (!back || back->index() != event->index() || written(*back) != wire) std::abort();
  return 0;
}
