#include "actors/agents/agent_overrides.hpp"
#include "actors/call_books.hpp"
#include "actors/node_state.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/leg_label.hpp"

#include <chrono>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;
using telnyx::webhook_type;

/// Both cover what the switchboard asks other nodes.
constexpr auto routing_deadline = 1500ms;
constexpr auto order_deadline = 3s;

/// Legs of which a webhook is being routed; those of more stay here.
constexpr std::size_t most_routing = 10000;
/// Webhooks of one leg that wait meanwhile; what comes beyond goes to no other node.
constexpr std::size_t most_waiting = 16;

}  // namespace

void node_state::on_webhook(const shared_webhook& event) {
  if (!seen_webhooks.add(event->id)) return;
  note_hangup(*event);
  const auto ahead = routing.find(event->call_control_id);
  if (ahead == routing.end()) return handle(event);
  if (ahead->second.size() >= most_waiting) return on_untaken(event, false);
  ahead->second.push_back(event);
}

/// A call that hung up before its `call.initiated` came is over all the same.
void node_state::note_hangup(const telnyx::webhook& event) {
  if (event.type != webhook_type::call_hangup) return;
  calls.leg_ended(event.call_control_id);
  keeper.ended(event.call_control_id);
}

void node_state::handle(const shared_webhook& event) {
  if (event->type == webhook_type::call_initiated) return on_initiated(event);
  if (!deliver(event)) route(event, false);
}

bool node_state::deliver(const shared_webhook& event) {
  const auto owner = calls.owner_of(*event);
  if (owner.call) self->send(owner.call, webhook_received{event});
  return static_cast<bool>(owner.call);
}

void node_state::on_initiated(const shared_webhook& event) {
  if (event->call_control_id.empty()) return;
  // It fires for legs that we dial or transfer as well; those are not callers.
  if (event->direction != "incoming" || telnyx::read_leg_label(event->client_state)) return;
  if (calls.may_begin(event->call_control_id)) route(event, true);
}

/// Takes the event to whom it belongs on other nodes; it stays here when there are none.
void node_state::route(const shared_webhook& event, bool begins) {
  const auto& leg = event->call_control_id;
  if (!shared.switchboard || leg.empty() || routing.size() >= most_routing) return on_untaken(event, begins);
  routing.try_emplace(leg);
  self->request(shared.switchboard, routing_deadline, route_webhook{event, begins})
      .then([=, this](const webhook_ruling& ruling) { on_routed(event, begins, ruling.taken); },
            [=, this](const caf::error&) { on_routed(event, begins, false); });
}

void node_state::on_routed(const shared_webhook& event, bool begins, bool taken) {
  const auto& leg = event->call_control_id;
  auto behind = routing.extract(leg);
  if (!taken) {
    on_untaken(event, begins);
  } else if (begins) {
    // Another node's caller, whatever is told of them once more.
    calls.turn_away(leg);
  }
  if (behind.empty()) return;
  auto& waiting = behind.mapped();
  while (!waiting.empty() && !routing.contains(leg)) {
    const auto next = std::move(waiting.front());
    waiting.pop_front();
    handle(next);
  }
  if (!waiting.empty()) routing[leg] = std::move(waiting);
}

/// Nobody else has it, as far as is known. Its call may have come here meanwhile.
void node_state::on_untaken(const shared_webhook& event, bool begins) {
  if (begins) return begin(*event);
  if (!deliver(event)) on_webhook_without_call(*event);
}

/// A webhook without a call. When it shows that a leg of a call of ours lives on, the leg is looked after;
/// legs without our label are never touched.
void node_state::on_webhook_without_call(const telnyx::webhook& event) {
  if (!telnyx::shows_life(event.type) || calls.has_leg_ended(event.call_control_id)) return;
  const auto call_id = telnyx::conversation_of(shared.node, event.client_state);
  if (call_id) keeper.watch({event.call_control_id, *call_id, leg_worry::left});
}

/// What another node has taken here is never passed on, lest two ask each other in turn.
webhook_ruling node_state::take(const take_webhook& message) {
  const auto& event = *message.event;
  const auto& leg = event.call_control_id;
  if (calls.owner_of(event).call) {
    if (!seen_webhooks.add(event.id)) return {true};
    note_hangup(event);
    return {deliver(message.event)};
  }
  // Whose own question about it is under way must not promise it to the other one either.
  if (!message.begins || leg.empty() || routing.contains(leg)) return {false};
  if (!calls.may_begin(leg)) return {true};
  // Others may have room: only who turns the caller away counts that.
  if (door->outlook(now()) != refusal::none) return {false};
  auto place = door->admit(now());
  if (!place) return {false};
  seen_webhooks.add(event.id);
  answer(std::move(*place), event);
  return {true};
}

void node_state::begin(const telnyx::webhook& event) {
  if (!calls.may_begin(event.call_control_id)) return;
  auto place = door->admit(now());
  if (!place) return reject(event.call_control_id, event.id);
  answer(std::move(*place), event);
}

void node_state::answer(admission::place place, const telnyx::webhook& event) {
  start(std::move(place),
        {.carrier_call_id = event.call_control_id, .from = event.from, .to = event.to, .controlled = true},
        calls.calmest_loop(), settings);
}

/// Turns a caller away; `cause` makes the command one that may be sent again.
void node_state::reject(const std::string& carrier_call_id, std::string_view cause) {
  calls.turn_away(carrier_call_id);
  send_command(
      {carrier_call_id, "reject", telnyx::reject_body("USER_BUSY", std::string(cause).append(".reject"))},
      [](const command_outcome&) {});
}

/// There is no room here for a caller who was found; another node may have some.
void node_state::turn_away(const found_caller& who) {
  if (!shared.switchboard) return reject(who.carrier_call_id, who.carrier_call_id);
  auto event = std::make_shared<telnyx::webhook>();
  event->id = who.carrier_call_id;
  event->type = webhook_type::call_initiated;
  event->event_type = telnyx::to_string(event->type);
  event->call_control_id = who.carrier_call_id;
  event->direction = "incoming";
  event->from = who.from;
  event->to = who.to;
  route(event, true);
}

/// Places a call, or has another node do that. When nobody says who is to, it is this one: whose call it is,
/// its lease decides.
caf::result<placed_call> node_state::order(const place_call& command) {
  if (command.here || !shared.switchboard) return place(command);
  auto named = command;
  if (named.id.empty()) named.id = new_id();
  const auto promise = self->make_response_promise<placed_call>();
  const auto deliver = [promise](placed_call answer) {
    auto to = promise;
    to.deliver(std::move(answer));
  };
  self->request(shared.switchboard, order_deadline, route_order{named})
      .then([=, this](const place_ruling& ruling) { deliver(ruling.here ? place(named) : ruling.answer); },
            [=, this](const caf::error&) { deliver(place(named)); });
  return promise;
}

placed_call node_state::place(const place_call& command) {
  const auto& order = command.order;
  placed_call answer;
  const auto wrong = [&](std::string_view what) {
    answer.fault = what;
    return answer;
  };
  if (settings->carrier.connection_id.empty()) return wrong("telnyx.connection_id is not set");
  if (auto what = fault_of(order); !what.empty()) return wrong(what);
  auto with = with_overrides(settings, order.agent);
  if (!with) return wrong(with.error());
  auto place = door->admit(now());
  if (!place) {
    answer.why = place.error();
    answer.retry_after_seconds = door->limits().retry_after_seconds;
    return answer;
  }
  std::vector<std::string> own_settings;
  for (const auto& [name, value] : order.agent) own_settings.push_back(name);
  const call_origin origin{.id = command.id.empty() ? new_id() : command.id,
                           .direction = call_direction::outgoing,
                           .from = order.from,
                           .to = order.to,
                           .controlled = true,
                           .metadata = order.metadata,
                           .own_settings = std::move(own_settings),
                           .machine_detection = order.machine_detection,
                           .ends_at_machine = order.ends_at_machine,
                           .ring_seconds = order.ring_seconds};
  answer.call =
      first_record(origin, **with, shared.node,
                   std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock()));
  start(std::move(*place), origin, calls.calmest_loop(), *with);
  return answer;
}

}  // namespace tandem
