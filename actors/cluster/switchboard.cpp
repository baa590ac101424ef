#include "actors/cluster/switchboard.hpp"

#include "actors/admission.hpp"
#include "actors/cluster/switchboard_state.hpp"

#include <functional>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// Shorter than the gateway waits for it.
constexpr auto leave_limit = 2s;
/// A node that has just begun knows nobody yet who may have the newest values of the calls that it could
/// adopt.
constexpr auto settling = 1s;

}  // namespace

void switchboard_state::begin(const begin_switchboard& command) {
  if (node) return;
  node = command.node;
  begun_at = now();
  owned->begin();
}

void switchboard_state::on_joined(const node_joined& event) {
  if (event.who == how.who) return;
  const auto& peer = peers.join(event).contact.peer;
  if (peer && watched.insert(peer.address()).second) self->monitor(peer);
  if (events) self->send(events, events_elsewhere{event.who.name, event.contact.events});
}

void switchboard_state::on_left(const node_left& event) {
  peers.leave(event.who);
  // Its next start may have come already.
  if (events && peers.named(event.who.name) == nullptr)
    self->send(events, events_elsewhere{event.who.name, event_source{}});
  look_after_values();
}

void switchboard_state::on_down(const caf::down_msg& down) {
  watched.erase(down.source);
  const auto* peer = peers.at(down.source);
  // Of one that is silent the connection is given up later, and breaks as well.
  if (peer != nullptr && peer->life && peers.is_heard(*peer, now()))
    ended.insert_or_assign(peer->life->name, peer->life->epoch);
}

bool switchboard_state::has_ended(const leases::node_id& life) const {
  const auto known = ended.find(life.name);
  return known != ended.end() && known->second == life.epoch;
}

void switchboard_state::on_reported(const node_reported& event) {
  if (event.said.who == how.who) return beat();
  peers.hear(event.said, now());
}

/// With every heartbeat of this node.
void switchboard_state::beat() {
  const auto taken = door->calls() + taking;
  const auto most = door->limits().max_calls;
  const bool may_adopt = node && now() >= begun_at + settling && !door->draining();
  owned->set_room(!may_adopt || taken >= most ? 0 : most - taken);
  show_membership();
  // As a rule that was done when the last renewal was answered.
  if (now() - asked_at >= how.rules.heartbeat * 3 / 4) ask_for_promises();
  look_after_values();
}

void switchboard_state::ask_for_promises() {
  const auto question = owned->question();
  if (!question) return;
  asked_at = now();
  for (const auto& [who, peer] : peers.all()) {
    if (peer.contact.peer) self->send(peer.contact.peer, lease_question{*question});
  }
}

peer_node* switchboard_state::sender() {
  return peers.at(caf::actor_cast<caf::actor_addr>(self->current_sender()));
}

void switchboard_state::on_question(const lease_question& message) {
  auto* peer = sender();
  if (peer == nullptr || message.question.asker.name != peer->who.name) return;
  peer->life = message.question.asker;
  // It was its connection alone.
  if (has_ended(*peer->life)) ended.erase(peer->life->name);
  if (const auto promise = owned->promised_to(message.question))
    self->send(peer->contact.peer, lease_promise{*promise});
}

void switchboard_state::on_promise(const lease_promise& message) {
  const auto* peer = sender();
  if (peer != nullptr && message.promise.by.name == peer->who.name) owned->take_promise(message.promise);
}

void switchboard_state::show_membership() {
  if (how.member) how.member->store(owned->is_permitted());
}

caf::typed_response_promise<calls_left> switchboard_state::leave() {
  auto promise = self->make_response_promise<calls_left>();
  owned->set_room(0);
  owned->leave(leave_limit, [this, promise] {
    show_membership();
    reply(promise, calls_left{});
  });
  return promise;
}

namespace {

switchboard_actor::behavior_type connect_calls(switchboard_pointer self, const switchboard_settings& settings,
                                               lease_store* store, std::shared_ptr<admission> door,
                                               const events_actor& events, metrics* measure) {
  auto& state = self->state;
  state.self = self;
  state.how = settings;
  state.door = std::move(door);
  state.events = events;
  state.measure = measure;
  const auto seed = std::hash<std::string>{}(settings.who.name) + settings.who.epoch;
  state.peers = peer_table(settings.who.name, settings.rules.timeout, static_cast<std::uint32_t>(seed));
  // Weak, since the actor owns what calls back.
  const auto here = [to = caf::actor_cast<caf::actor_addr>(self)](std::function<void()> go_on) {
    if (const auto actor = caf::actor_cast<switchboard_actor>(to))
      caf::anon_send(actor, lease_answered{std::make_shared<const std::function<void()>>(std::move(go_on))});
  };
  state.owned = std::make_unique<ownership>(
      self->home(), *store, here, settings.rules, settings.self,
      ownership::events{
          .adopted = [&state](std::vector<owned_lease> calls) { state.adopt(std::move(calls)); },
          .fenced = [&state] { state.on_fenced(); },
          .lost = [&state](const std::string& call_id) { state.forsake(call_id); },
          .renewed = [&state] { state.ask_for_promises(); }},
      measure, settings.alone);
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  return {
      [&state](const claim_call& command) { return state.claim(command); },
      [&state](const keep_value& command) { state.keep(command.call_id, command.value, command.settled); },
      [&state](const move_call& command) { return state.move(command); },
      [&state](const end_lease& command) { state.end(command); },
      [&state](const route_webhook& message) { return state.route(message); },
      [&state](const route_order& message) { return state.route(message); },
      [&state](const find_anywhere& query) {
        auto promise = state.self->make_response_promise<call_owner>();
        state.find(query.id,
                   [promise](const call_owner& found) { switchboard_state::reply(promise, found); });
        return promise;
      },
      [&state](const find_door& query) {
        auto promise = state.self->make_response_promise<node_door>();
        state.find(query.call_id, [&state, promise](const call_owner& found) {
          const auto* peer = found.call ? state.peers.named(found.node) : nullptr;
          state.reply(promise,
                      peer == nullptr ? node_door{} : node_door{found.node, peer->contact.media_url});
        });
        return promise;
      },
      [&state](const begin_switchboard& command) { state.begin(command); },
      [&state](const leave_calls&) { return state.leave(); },
      [&state](const node_joined& event) { state.on_joined(event); },
      [&state](const node_left& event) { state.on_left(event); },
      [&state](const node_reported& event) { state.on_reported(event); },
      [](const lease_answered& event) { (*event.go_on)(); },
      [&state](const lease_question& message) { state.on_question(message); },
      [&state](const lease_promise& message) { state.on_promise(message); },
      [&state](const keep_copy& message) { state.on_copy(message); },
      [&state](const drop_copy& message) { state.on_drop(message); },
      [&state](const find_copies& query) { return found_copies{state.copies.find(query.call_ids)}; },
      [&state](const offer_call& message) { return state.on_offer(message); },
      [&state](const forward_webhook& message) { return state.take(message); },
      [&state](const place_call& command) { return state.place(command); },
      [&state](const find_owner& query) { return state.find_here(query); },
  };
}

}  // namespace

switchboard_actor spawn_switchboard(loop& home, const switchboard_settings& settings, lease_store& store,
                                    std::shared_ptr<admission> door, const events_actor& events,
                                    metrics& measure) {
  return spawn_on<switchboard_actor>(home, connect_calls, settings, &store, std::move(door), events,
                                     &measure);
}

}  // namespace tandem
