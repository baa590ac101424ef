#include "actors/leg_keeper.hpp"

#include "protocols/telnyx/call_control.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace tandem {

void leg_keeper::watch(const std::string& carrier_call_id, std::string_view call_id, bool hang_up_now) {
  if (carrier_call_id.empty() || legs_.contains(carrier_call_id)) return;
  if (legs_.size() >= policy_.bound)
    return spdlog::error("carrier's leg may be up still, too many are looked after call={}", call_id);
  auto& fresh = legs_[carrier_call_id];
  fresh.call_id = call_id;
  if (hang_up_now) return hang_up(carrier_call_id);
  fresh.next = by_.after(policy_.grace, [this, carrier_call_id] { look(carrier_call_id); });
}

void leg_keeper::ended(std::string_view carrier_call_id) {
  const auto found = legs_.find(carrier_call_id);
  if (found != legs_.end()) legs_.erase(found);
}

void leg_keeper::look(std::string carrier_call_id) {
  auto& leg = legs_.at(carrier_call_id);
  if (++leg.tries > policy_.tries) {
    spdlog::error("carrier's leg is up still and cannot be ended call={}", leg.call_id);
    return ended(carrier_call_id);
  }
  by_.send_command({carrier_call_id, "status", {}}, [this, carrier_call_id](const command_outcome& outcome) {
    if (!legs_.contains(carrier_call_id)) return;
    if (!outcome.accepted) return look_again(carrier_call_id);
    outcome.is_alive ? hang_up(carrier_call_id) : ended(carrier_call_id);
  });
}

void leg_keeper::hang_up(const std::string& carrier_call_id) {
  const auto& leg = legs_.at(carrier_call_id);
  spdlog::warn("carrier's leg lives on, it is hung up call={} tries={}", leg.call_id, leg.tries);
  // A new id each time: what was accepted before did not help.
  const auto command_id = leg.call_id + ".hangup.late." + std::to_string(leg.tries);
  by_.send_command({carrier_call_id, "hangup", telnyx::hangup_body(command_id)},
                   [this, carrier_call_id](const command_outcome&) {
                     if (legs_.contains(carrier_call_id)) look_again(carrier_call_id);
                   });
}

void leg_keeper::look_again(const std::string& carrier_call_id) {
  auto& leg = legs_.at(carrier_call_id);
  const auto wait = std::min(policy_.pause * (1U << std::min(leg.tries, 16U)), policy_.longest_pause);
  leg.next = by_.after(wait, [this, carrier_call_id] { look(carrier_call_id); });
}

}  // namespace tandem
