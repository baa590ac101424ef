#include "actors/cluster/switchboard_state.hpp"

#include <caf/all.hpp>
#include <prometheus/gauge.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// From one write of a call to the next, unless a value is settled.
constexpr auto store_pause = 2s;
/// Copies that go anew to another node with one heartbeat; the calls of a large node are not to come at once.
constexpr int copies_at_once = 200;

}  // namespace

caf::typed_response_promise<claim_ruling> switchboard_state::claim(const claim_call& command) {
  auto promise = self->make_response_promise<claim_ruling>();
  owned->claim(command, [promise](const claim_ruling& ruling) { reply(promise, ruling); });
  return promise;
}

void switchboard_state::keep(const std::string& call_id, std::string text, bool settled) {
  const auto as = owned->number(call_id);
  if (as.term == 0) return;
  auto& value = values[call_id];
  value.text = std::move(text);
  value.term = as.term;
  value.version = as.version;
  value.is_stored = false;
  copy(call_id, value);
  if (settled || now() - value.stored_at >= store_pause) store(call_id, value);
}

/// Gives the value to the node that is to have it, and tells another one that had it.
void switchboard_state::copy(const std::string& call_id, own_value& value) {
  const auto* to = peers.next_by_name();
  if (value.holder && (to == nullptr || to->who != *value.holder)) {
    if (const auto* former = peers.find(*value.holder)) self->send(former->contact.peer, drop_copy{call_id});
  }
  value.holder.reset();
  if (to == nullptr || !owned->self()) return;
  value.holder = to->who;
  self->send(to->contact.peer, keep_copy{*owned->self(), call_id, value.term, value.version, value.text});
}

void switchboard_state::store(const std::string& call_id, own_value& value) {
  value.is_stored = true;
  value.stored_at = now();
  owned->keep(call_id, value.version, value.text);
}

/// Gives those a holder that have none, and stores what has waited long enough.
void switchboard_state::look_after_values() {
  int left = copies_at_once;
  for (auto& [call_id, value] : values) {
    const bool is_held = value.holder && peers.find(*value.holder) != nullptr;
    if (!is_held && left > 0 && !peers.all().empty()) {
      copy(call_id, value);
      --left;
    }
    if (!value.is_stored && now() - value.stored_at >= store_pause) store(call_id, value);
  }
  std::vector<leases::node_id> living;
  for (const auto& [who, peer] : peers.all()) {
    if (peer.life) living.push_back(*peer.life);
  }
  copies.look(living, now());
  show_copies();
}

/// The call is not this node's any more.
void switchboard_state::forget(const std::string& call_id) {
  const auto gone = values.extract(call_id);
  if (!gone || !gone.mapped().holder) return;
  if (const auto* holder = peers.find(*gone.mapped().holder))
    self->send(holder->contact.peer, drop_copy{call_id});
}

void switchboard_state::end(const end_lease& command) {
  forget(command.call_id);
  owned->end(command.call_id);
}

void switchboard_state::on_copy(const keep_copy& message) {
  const auto* peer = sender();
  if (peer == nullptr || message.owner != peer->life.value_or(message.owner)) return;
  const bool is_kept = copies.keep(message, now());
  if (!is_kept && !copies_are_full)
    spdlog::warn("no room for copies of other nodes' calls copies={} bytes={}", copies.size(),
                 copies.bytes());
  copies_are_full = !is_kept;
  show_copies();
}

void switchboard_state::on_drop(const drop_copy& message) {
  const auto* peer = sender();
  if (peer == nullptr || !peer->life) return;
  copies.drop(message.call_id, *peer->life);
  show_copies();
}

void switchboard_state::show_copies() {
  measure->call_copies_bytes->Set(static_cast<double>(copies.bytes()));
}

}  // namespace tandem
