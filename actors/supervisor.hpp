#pragma once

#include "actors/messages.hpp"

#include <functional>
#include <string>

namespace tandem {

class loop;

/// Spawns the supervisor of the node's services. In OTP's words they are permanent children of one for all,
/// and none is ever restarted: what a service has lost with its state the others still count on. When one
/// ends, the node has failed, which is for the supervisor of the process (systemd, Kubernetes) to put right;
/// `failed` is told so once, with the reason, on the loop's thread. Calls have supervisors of their own.
///
/// Whoever ends the services on purpose ends the supervisor first.
supervisor_actor spawn_supervisor(loop& home, metrics& measure, std::function<void(std::string why)> failed);

}  // namespace tandem
