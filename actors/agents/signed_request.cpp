#include "actors/agents/signed_request.hpp"

#include "protocols/events/delivery.hpp"

namespace tandem {

void sign(http_request& request, const agent_settings& settings, std::int64_t unix_seconds) {
  if (!settings.sign) return;
  const auto mac = settings.sign(signed_text(unix_seconds, request.body));
  request.headers.emplace_back("Tandem-Signature", signature_header(unix_seconds, mac));
}

}  // namespace tandem
