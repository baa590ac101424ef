#pragma once

#include "actors/messages.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/routes.hpp"

#include <memory>

namespace tandem {

/// Lets a media stream in to the call that the node gives it to, or refuses it: with 403 when it names a call
/// that is not here, with 503 and `Retry-After` when there is no room. A softphone's is told its call's id
/// first, as `{"event":"call","call":{"id":…}}`.
void admit_stream(const std::shared_ptr<const route_context>& context, std::shared_ptr<upgrade> stream,
                  const open_stream& question);

}  // namespace tandem
