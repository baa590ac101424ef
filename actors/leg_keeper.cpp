#include "actors/leg_keeper.hpp"

#include "protocols/telnyx/call_control.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

namespace tandem {

void leg_keeper::watch(const watched_leg& leg) {
  const auto& id = leg.carrier_call_id;
  if (id.empty() || legs_.contains(id)) return;
  if (legs_.size() >= policy_.bound)
    return spdlog::error("carrier's leg may be up still, too many are looked after call={}", leg.call_id);
  auto& fresh = legs_[id];
  fresh.leg = leg;
  if (leg.why == leg_worry::failed) return ask_whose(id, &leg_keeper::hang_up);
  fresh.next = by_.after(policy_.grace, [this, id] { look(id); });
}

void leg_keeper::ended(std::string_view carrier_call_id) {
  const auto found = legs_.find(carrier_call_id);
  if (found == legs_.end()) return;
  const auto leg = std::move(found->second.leg);
  legs_.erase(found);
  claims_.settled(leg);
}

void leg_keeper::let_go(std::string_view carrier_call_id) {
  const auto found = legs_.find(carrier_call_id);
  if (found != legs_.end()) legs_.erase(found);
}

void leg_keeper::look(std::string carrier_call_id) {
  auto& watched = legs_.at(carrier_call_id);
  if (++watched.tries > policy_.tries) {
    spdlog::error("carrier's leg is up still and cannot be ended call={}", watched.leg.call_id);
    return let_go(carrier_call_id);
  }
  ask_whose(carrier_call_id, &leg_keeper::ask_status);
}

void leg_keeper::ask_whose(const std::string& carrier_call_id, void (leg_keeper::*then)(const std::string&)) {
  const auto leg = legs_.at(carrier_call_id).leg;
  claims_.whose(leg, [this, id = carrier_call_id, then](claim_outcome whose) {
    if (!legs_.contains(id)) return;
    if (whose == claim_outcome::ours) return (this->*then)(id);
    if (whose == claim_outcome::unknown) return look_again(id);
    spdlog::debug("carrier's leg is another node's, it is left alone call={}", legs_.at(id).leg.call_id);
    let_go(id);
  });
}

void leg_keeper::ask_status(const std::string& carrier_call_id) {
  by_.send_command({carrier_call_id, "status", {}}, [this, carrier_call_id](const command_outcome& outcome) {
    if (!legs_.contains(carrier_call_id)) return;
    if (!outcome.accepted) return look_again(carrier_call_id);
    outcome.is_alive ? hang_up(carrier_call_id) : ended(carrier_call_id);
  });
}

void leg_keeper::hang_up(const std::string& carrier_call_id) {
  const auto& [leg, tries, next] = legs_.at(carrier_call_id);
  spdlog::warn("carrier's leg lives on, it is hung up call={} tries={}", leg.call_id, tries);
  // A new id each time: what was accepted before did not help.
  const auto command_id = leg.call_id + ".hangup.late." + std::to_string(tries);
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
