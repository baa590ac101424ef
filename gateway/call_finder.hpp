#pragma once

#include "actors/messages.hpp"
#include "gateway/routes.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace tandem {

/// Gets the owner of a call, which may be on another node: what never leaves the process cannot be sent to
/// it then.
using use_owner = std::function<void(const call_owner&)>;

/// Looks for the call with this id (ours or the carrier's) on this node, and then on the others. Answered
/// like `explain_absence` where nobody has it, and with 503 where its node does not answer.
void seek_call(const std::shared_ptr<const route_context>& context, const std::string& id,
               const respond& answer, use_owner use);

/// The same on this node alone.
void seek_call_here(const std::shared_ptr<const route_context>& context, const std::string& id,
                    const respond& answer, use_owner use);

/// Whether the call is on another node.
bool is_elsewhere(const route_context& context, const call_owner& owner);

/// How long such a call is waited for: whoever asks waits for the search as well, and for the store if the
/// call does not answer.
std::chrono::seconds deadline_of(const route_context& context, const call_owner& owner);

/// 503: the call goes on, and its node does not answer.
server_answer unreachable_answer(const std::string& node);

/// 403: whoever comes with a stream for it is too late, or wrong.
server_answer unknown_stream_answer();

/// Where a stream of this call is to go; `done` gets a node that can be reached, or it is answered 503.
void find_way(const std::shared_ptr<const route_context>& context, const std::string& call_id,
              const respond& answer, std::function<void(const node_door&)> done);

}  // namespace tandem
