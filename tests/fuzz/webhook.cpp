#include "protocols/telnyx/webhook.hpp"

#include "protocols/telnyx/carrier_control.hpp"

#include <cstdlib>

using namespace tandem;
using namespace tandem::telnyx;

/// Any body is a fault or an event, and an event that the carrier sends is read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto event = read_webhook(std::string(reinterpret_cast<const char*>(data), size));
  if (!event) return 0;
  const std::string body = carrier::webhook_body(*event);
  const auto back = read_webhook(body);
  if (!back || back->type != event->type || back->attempt != event->attempt) std::abort();
  if (back->client_state != event->client_state || carrier::webhook_body(*back) != body) std::abort();
  return 0;
}
