#pragma once

#include "actors/messages.hpp"

#include <string>
#include <utility>

#include <caf/send.hpp>

namespace tandem {

/// Tells those who watch what happens to one call.
class event_teller {
 public:
  event_teller() = default;
  /// Without a hub nobody is told.
  event_teller(events_actor hub, std::string call_id) : hub_(std::move(hub)), call_id_(std::move(call_id)) {}

  void tell(live_event event) const {
    if (!hub_) return;
    event.call_id = call_id_;
    caf::anon_send(hub_, event_happened{std::move(event)});
  }

 private:
  events_actor hub_;
  std::string call_id_;
};

}  // namespace tandem
