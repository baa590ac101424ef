#include "actors/admission.hpp"
#include "actors/cluster/switchboard_state.hpp"
#include "protocols/telnyx/leg_label.hpp"

#include <string_view>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// What is asked of another node, and what its switchboard then asks its own.
constexpr auto forward_limit = 400ms;
constexpr auto take_limit = 300ms;
constexpr auto order_limit = 1200ms;
constexpr auto place_limit = 1000ms;
constexpr auto find_limit = 500ms;
/// Other nodes that are asked to take a call; after them it is this node's.
constexpr std::size_t most_asked = 2;

/// The node at which a call with this id of ours (`NODE-EPOCH-N`) was born; empty for any other id.
std::string_view birth_node(std::string_view id) {
  for (int part = 0; part < 2; ++part) {
    const auto dash = id.rfind('-');
    if (dash == id.npos || dash + 1 == id.size()) return {};
    if (id.find_first_not_of("0123456789", dash + 1) != id.npos) return {};
    id = id.substr(0, dash);
  }
  return id;
}

}  // namespace

std::optional<double> switchboard_state::own_load() const {
  if (!owned->is_permitted() || door->outlook(now()) != refusal::none) return std::nullopt;
  return static_cast<double>(door->calls()) / door->limits().max_calls;
}

caf::typed_response_promise<webhook_ruling> switchboard_state::route(const route_webhook& message) {
  auto promise = self->make_response_promise<webhook_ruling>();
  if (message.begins) {
    send_caller(message.event, {}, promise);
    return promise;
  }
  const auto label = telnyx::read_leg_label(message.event->client_state);
  auto* hinted = label && label->node != how.who.name ? peers.named(label->node) : nullptr;
  if (hinted == nullptr) {
    send_to_owner(message.event, {}, promise);
    return promise;
  }
  ask<webhook_ruling>(hinted->contact.peer, forward_limit, forward_webhook{*message.event, false},
                      [this, promise, event = message.event, asked = label->node](auto answer) {
                        if (!answer || !answer->taken) return send_to_owner(event, asked, promise);
                        spdlog::debug("webhook forwarded type={} to={}", event->event_type, asked);
                        reply(promise, webhook_ruling{true});
                      });
  return promise;
}

/// A caller goes to the node that has less to do; a node that may have taken them without saying so loses
/// them to whoever claims the call first.
void switchboard_state::send_caller(std::shared_ptr<const telnyx::webhook> event, peer_table::names refused,
                                    caf::typed_response_promise<webhook_ruling> promise) {
  auto* to = refused.size() < most_asked ? peers.choose(own_load(), refused, now()) : nullptr;
  if (to == nullptr) return reply(promise, webhook_ruling{false});
  ++to->sent;
  ask<webhook_ruling>(to->contact.peer, forward_limit, forward_webhook{*event, true},
                      [this, event, refused, promise, asked = to->who.name](auto answer) mutable {
                        if (answer && answer->taken) {
                          spdlog::debug("caller sent to another node to={}", asked);
                          return reply(promise, webhook_ruling{true});
                        }
                        refused.insert(asked);
                        send_caller(event, std::move(refused), promise);
                      });
}

/// Taken is also what the store says to be another node's, though that one cannot be reached: whoever adopts
/// the call learns from the carrier how the leg is.
void switchboard_state::send_to_owner(std::shared_ptr<const telnyx::webhook> event, const std::string& not_at,
                                      caf::typed_response_promise<webhook_ruling> promise) {
  owned->find(
      event->call_control_id, [this, event, not_at, promise](const std::optional<leases::lease>& known) {
        if (!known || known->ended || known->owner == owned->self())
          return reply(promise, webhook_ruling{false});
        auto* owner = known->owner.name == not_at ? nullptr : peers.living(known->owner);
        if (owner == nullptr) return reply(promise, webhook_ruling{true});
        ask<webhook_ruling>(owner->contact.peer, forward_limit, forward_webhook{*event, false},
                            [event, promise, asked = owner->who.name](const auto& answer) {
                              if (answer && answer->taken)
                                spdlog::debug("webhook forwarded type={} to={}", event->event_type, asked);
                              reply(promise, webhook_ruling{true});
                            });
      });
}

caf::typed_response_promise<webhook_ruling> switchboard_state::take(const forward_webhook& message) {
  auto promise = self->make_response_promise<webhook_ruling>();
  if (!node) {
    reply(promise, webhook_ruling{false});
    return promise;
  }
  ask<webhook_ruling>(
      node, take_limit, take_webhook{std::make_shared<const telnyx::webhook>(message.event), message.begins},
      [promise](const auto& answer) { reply(promise, answer.value_or(webhook_ruling{false})); });
  return promise;
}

caf::typed_response_promise<place_ruling> switchboard_state::route(const route_order& message) {
  auto promise = self->make_response_promise<place_ruling>();
  auto order = std::make_shared<place_call>(message.command);
  order->here = true;
  send_order(order, {}, promise);
  return promise;
}

/// A node that does not answer may place the call yet; then the lease of its id decides.
void switchboard_state::send_order(std::shared_ptr<const place_call> order, peer_table::names refused,
                                   caf::typed_response_promise<place_ruling> promise) {
  auto* to = refused.size() < most_asked ? peers.choose(own_load(), refused, now()) : nullptr;
  if (to == nullptr) return reply(promise, place_ruling{.here = true});
  ++to->sent;
  ask<placed_call>(to->contact.peer, order_limit, *order,
                   [this, order, refused, promise, asked = to->who.name](auto answer) mutable {
                     if (!answer) return reply(promise, place_ruling{.here = true});
                     if (answer->why == refusal::none) {
                       spdlog::debug("order sent to another node call={} to={}", order->id, asked);
                       return reply(promise, place_ruling{false, std::move(*answer)});
                     }
                     refused.insert(asked);
                     send_order(order, std::move(refused), promise);
                   });
}

caf::typed_response_promise<placed_call> switchboard_state::place(place_call command) {
  auto promise = self->make_response_promise<placed_call>();
  command.here = true;
  const auto nobody = [] { return placed_call{.why = refusal::draining, .retry_after_seconds = 1}; };
  if (!node) {
    reply(promise, nobody());
    return promise;
  }
  ask<placed_call>(node, place_limit, std::move(command),
                   [promise, nobody](const auto& answer) { reply(promise, answer ? *answer : nobody()); });
  return promise;
}

caf::typed_response_promise<call_owner> switchboard_state::find_here(const find_owner& query) {
  auto promise = self->make_response_promise<call_owner>();
  if (!node) {
    reply(promise, call_owner{});
    return promise;
  }
  ask<call_owner>(node, find_limit, query,
                  [promise](const auto& answer) { reply(promise, answer.value_or(call_owner{})); });
  return promise;
}

/// First this node, then the one where the call was born, then the one that the store says.
void switchboard_state::find(const std::string& id, std::function<void(const call_owner&)> done) {
  const auto elsewhere = [this, id, done] {
    const auto birth = std::string(birth_node(id));
    const auto* hinted = birth == how.who.name ? nullptr : peers.named(birth);
    if (hinted == nullptr) return find_by_lease(id, {}, done);
    ask<call_owner>(hinted->contact.peer, find_limit, find_owner{id},
                    [this, id, birth, done](const auto& answer) {
                      if (answer && answer->call) return done(*answer);
                      find_by_lease(id, birth, done);
                    });
  };
  if (!node) return elsewhere();
  ask<call_owner>(node, find_limit, find_owner{id}, [elsewhere, done](const auto& answer) {
    if (answer && answer->call) return done(*answer);
    elsewhere();
  });
}

void switchboard_state::find_by_lease(const std::string& id, const std::string& not_at,
                                      std::function<void(const call_owner&)> done) {
  owned->find(id, [this, id, not_at, done](const std::optional<leases::lease>& known) {
    if (!known || known->ended || known->owner == owned->self()) return done({});
    const call_owner unreachable{.node = known->owner.name, .call_id = known->call_id, .call = {}};
    const auto* owner = known->owner.name == not_at ? nullptr : peers.living(known->owner);
    if (owner == nullptr) return done(unreachable);
    ask<call_owner>(owner->contact.peer, find_limit, find_owner{id}, [unreachable, done](const auto& answer) {
      done(answer && answer->call ? *answer : unreachable);
    });
  });
}

}  // namespace tandem
