#include "actors/call_directory.hpp"

#include "protocols/telnyx/leg_label.hpp"
#include "protocols/telnyx/webhook.hpp"

#include <algorithm>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

std::uint32_t call_directory::calmest_loop() const {
  const auto calmest = std::min_element(per_loop_.begin(), per_loop_.end());
  return static_cast<std::uint32_t>(calmest - per_loop_.begin());
}

const owned_call& call_directory::add(const std::string& id, owned_call call) {
  ids_.emplace(call.handle.address(), id);
  ++per_loop_[call.loop];
  if (!call.carrier_call_id.empty()) by_carrier_id_[call.carrier_call_id] = id;
  return calls_.emplace(id, std::move(call)).first->second;
}

std::optional<gone_call> call_directory::remove(const caf::actor_addr& supervisor) {
  const auto named = ids_.extract(supervisor);
  if (named.empty()) return std::nullopt;
  const auto& id = named.mapped();
  const auto take_out = [this, &id](owned_call& call) {
    --per_loop_[call.loop];
    return gone_call{id, std::move(call)};
  };
  if (auto moved = leaving_.extract(supervisor); !moved.empty()) return take_out(moved.mapped());
  auto known = calls_.extract(id);
  auto& call = known.mapped();
  forget_carrier_id(id, call);
  if (call.controlled) ended_calls_.add(call.carrier_call_id);
  return take_out(call);
}

void call_directory::let_go(std::string_view id) {
  const auto known = calls_.find(id);
  if (known == calls_.end()) return;
  auto call = std::move(known->second);
  forget_carrier_id(known->first, call);
  calls_.erase(known);
  call.moved = true;
  leaving_.emplace(call.handle.address(), std::move(call));
}

void call_directory::forget_carrier_id(const std::string& id, const owned_call& call) {
  const auto owner = by_carrier_id_.find(call.carrier_call_id);
  if (owner != by_carrier_id_.end() && owner->second == id) by_carrier_id_.erase(owner);
}

owned_call* call_directory::find(std::string_view id) {
  const auto known = calls_.find(id);
  return known == calls_.end() ? nullptr : &known->second;
}

bool call_directory::misses_stream() const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [](const auto& each) { return each.second.misses_stream; });
}

call_owner call_directory::owner_of(std::string_view id) const {
  auto known = calls_.find(id);
  if (known == calls_.end()) {
    const auto named = by_carrier_id_.find(std::string(id));
    if (named != by_carrier_id_.end()) known = calls_.find(named->second);
  }
  if (known == calls_.end()) return {};
  return {node_, known->first, known->second.handle};
}

call_owner call_directory::owner_of(const telnyx::webhook& event) const {
  if (auto owner = owner_of(event.call_control_id); owner.call) return owner;
  const auto label = telnyx::read_leg_label(event.client_state);
  return label ? owner_of(label->call_id) : call_owner{};
}

call_owner call_directory::identify(const identify_call& event) {
  if (ended_calls_.contains(event.carrier_call_id)) return {};
  if (auto former = owner_of(event.carrier_call_id); former.call && former.call_id != event.call_id)
    return former;
  by_carrier_id_[event.carrier_call_id] = event.call_id;
  if (auto* call = find(event.call_id); call && call->carrier_call_id != event.carrier_call_id)
    by_carrier_id_.erase(std::exchange(call->carrier_call_id, event.carrier_call_id));
  return owner_of(event.call_id);
}

void call_directory::leg_ended(std::string_view carrier_call_id) {
  ended_calls_.add(carrier_call_id);
  ended_legs_.add(carrier_call_id);
}

bool call_directory::may_begin(std::string_view carrier_call_id) const {
  return !by_carrier_id_.contains(std::string(carrier_call_id)) && !ended_calls_.contains(carrier_call_id);
}

bool call_directory::knows(std::string_view carrier_call_id) const {
  return !may_begin(carrier_call_id) || ended_legs_.contains(carrier_call_id);
}

}  // namespace tandem
