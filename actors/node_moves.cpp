#include "actors/agents/agent_overrides.hpp"
#include "actors/media/speech_spares.hpp"
#include "actors/node_state.hpp"
#include "protocols/conversation/call_value.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto claim_deadline = 1s;
/// Covers what the switchboard asks the store and other nodes.
constexpr auto find_deadline = 2s;

/// What is left of a drain when calls no longer wait for a pause.
std::chrono::milliseconds pushing_time(std::chrono::milliseconds within) {
  return std::clamp<std::chrono::milliseconds>(within * 15 / 100, 2s, 10s);
}

/// What the former owner left; nothing when that cannot be read.
std::shared_ptr<const call_value> read_value(const adopt_call& command) {
  if (command.value.empty()) return nullptr;
  auto value = call_value::from_json(command.value);
  if (value && value->record.id != command.call_id)
    value = tl::unexpected(std::string("it is another call's"));
  if (value) return std::make_shared<const call_value>(std::move(*value));
  spdlog::error("call's value cannot be read call={} why=\"{}\"", command.call_id, value.error());
  return nullptr;
}

/// This node's settings with the call's own agent and line.
std::shared_ptr<const call_settings> settings_of(const call_value& former,
                                                 const std::shared_ptr<const call_settings>& usual) {
  std::vector<std::pair<std::string, std::string>> agent;
  for (const auto& each : former.agent) agent.emplace_back(each.key, each.text);
  auto with = with_overrides(usual, agent);
  if (!with) {
    spdlog::error("call gets this node's agent, its own cannot be had here call={} why=\"{}\"",
                  former.record.id, with.error());
  }
  auto own = std::make_shared<call_settings>(with ? **with : *usual);
  own->carrier.codec = former.leg.codec;
  return own;
}

call_origin origin_of(const adopt_call& command, std::shared_ptr<const call_value> former) {
  call_origin origin{.id = command.call_id,
                     .carrier_call_id = command.carrier_call_id,
                     .controlled = true,
                     .pass = command.pass,
                     .former_is_silent = command.former_is_silent};
  if (!former) return origin;
  const auto& record = former->record;
  if (origin.carrier_call_id.empty()) origin.carrier_call_id = record.carrier_call_id;
  origin.direction = record.direction;
  origin.from = record.from;
  origin.to = record.to;
  origin.metadata = record.metadata;
  origin.ends_at_machine = former->leg.ends_at_machine;
  origin.former = std::move(former);
  return origin;
}

}  // namespace

adoption_ruling node_state::adopt(const adopt_call& command) {
  auto place = door->adopt();
  if (!place) {
    keeper.watch({command.carrier_call_id, command.call_id, leg_worry::refused});
    return {.taken = false, .why = std::string(to_string(place.error()))};
  }
  const auto former = read_value(command);
  auto origin = origin_of(command, former);
  keeper.let_go(origin.carrier_call_id);
  // Of a former term of the lease: it may not act any more.
  if (const auto* known = calls.find(command.call_id)) {
    self->send(known->handle, forsake_call{});
    calls.let_go(command.call_id);
  }
  start(std::move(*place), std::move(origin), calls.calmest_loop(),
        former ? settings_of(*former, settings) : settings);
  return {.taken = true};
}

/// The call may have come back since: what its former actor says is not about the new one.
void node_state::on_moved(const call_moved& event) {
  const auto* call = calls.find(event.call_id);
  const auto by = caf::actor_cast<caf::actor_addr>(self->current_sender());
  if (call != nullptr && (!by || call->handle.address() == by)) calls.let_go(event.call_id);
}

/// Calls without a lease stay: no other node can have them.
void node_state::forsake_all() {
  std::vector<std::string> forsaken;
  for (const auto& [id, call] : calls.all()) {
    if (!call.controlled) continue;
    self->send(call.handle, forsake_call{});
    forsaken.push_back(id);
  }
  if (!forsaken.empty()) spdlog::warn("calls are other nodes' by now count={}", forsaken.size());
  for (const auto& id : forsaken) calls.let_go(id);
}

caf::typed_response_promise<node_description> node_state::drain(const drain_node& command) {
  auto promise = self->make_response_promise<node_description>();
  const bool begins = !door->draining();
  door->drain();
  if (shared.spares != nullptr) shared.spares->close();
  if (calls.size() == 0) {
    promise.deliver(describe());
    return promise;
  }
  awaiting_drain.push_back(promise);
  if (begins && shared.switchboard) {
    give_calls_away(false);
    if (const auto within = command.within; within > 0ms)
      last_push = after(std::max(within - pushing_time(within), 0ms), [this] { give_calls_away(true); });
  }
  return promise;
}

void node_state::give_calls_away(bool at_once) {
  for (const auto& [id, call] : calls.all()) {
    if (call.controlled) self->send(call.handle, give_call_away{at_once});
  }
}

/// Whether a leg that should be down may be hung up. Where nobody has its call, that is this node's to find
/// out by the same lease that would be another's.
void node_state::ask_owner(const watched_leg& leg, std::function<void(claim_outcome)> done) {
  // Whoever ended the call had it until then.
  if (!shared.switchboard || leg.why == leg_worry::ended) return done(claim_outcome::ours);
  const auto cannot_tell = [done](const caf::error&) { done(claim_outcome::unknown); };
  // Its lease is ended when no other node took the call, and cannot be claimed.
  if (leg.why == leg_worry::refused) {
    self->request(shared.switchboard, find_deadline, find_anywhere{leg.call_id})
        .then(
            [done](const call_owner& owner) {
              done(owner.node.empty() ? claim_outcome::ours : claim_outcome::anothers);
            },
            cannot_tell);
    return;
  }
  self->request(shared.switchboard, claim_deadline, claim_call{leg.call_id, leg.carrier_call_id})
      .then([done](const claim_ruling& ruling) { done(ruling.whose); }, cannot_tell);
}

/// Of a call that ended without a chance to do it.
void node_state::end_lease(const std::string& call_id) {
  if (shared.switchboard) self->send(shared.switchboard, tandem::end_lease{call_id});
}

}  // namespace tandem
