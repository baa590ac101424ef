#pragma once

#include "actors/messages.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/routes.hpp"
#include "gateway/stream_token.hpp"

#include <memory>

namespace tandem {

/// Lets a media stream in to the call that the node gives it to, carries it on to the node whose call it
/// names (once), or refuses it: with 403 when nobody has that call, with 503 and `Retry-After` when there is
/// no room or that node cannot be reached. A softphone's is told its call's id first, as
/// `{"event":"call","call":{"id":…}}`.
void admit_stream(const std::shared_ptr<const route_context>& context, std::shared_ptr<upgrade> stream,
                  const open_stream& question);

/// Refuses a stream with 403 because of its token, which is counted and logged.
void refuse_token(const route_context& context, upgrade& stream, token_fault why);

}  // namespace tandem
