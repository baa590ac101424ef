#include "tests/actors/carrier_leg_fixture.hpp"

#include "actors/runtime/pinned.hpp"

#include <utility>

namespace tandem::test {

namespace {

struct nothing {};

/// A carrier that takes its time to dial.
carrier_actor::behavior_type slow_carrier(pinned_actor<actor_kind::carrier, carrier_actor, nothing>* self,
                                          const std::shared_ptr<mail>& box, const pending_dial& dial) {
  return {
      [=](const carrier_command& command) {
        box->put(command);
        auto promise = self->make_response_promise<command_outcome>();
        if (command.action == "dial") {
          *dial = promise;
        } else {
          promise.deliver(command_outcome{.accepted = true});
        }
        return promise;
      },
      [](const list_legs&) { return leg_page{}; },
      [](const trace_leg&) { return leg_trace{}; },
  };
}

}  // namespace

leg_fixture::leg_fixture() {
  settings.carrier.connection_id = "app";
  shared.stream_token = [this](std::string_view id, std::chrono::seconds lasts) {
    token_lasts = lasts;
    return "token-of-" + std::string(id);
  };
}

leg_fixture::~leg_fixture() = default;

command_outcome leg_fixture::dialled() {
  auto outcome = command_outcome{.accepted = true};
  outcome.carrier_call_id = "v3:a";
  return outcome;
}

void leg_fixture::place(call_origin origin, command_outcome outcome) {
  origin.id = "n-1-1";
  origin.direction = call_direction::outgoing;
  origin.controlled = true;
  origin.from = "+13125550100";
  origin.to = "+13125550142";
  carrier->answer_with(std::move(outcome));
  spawn(origin);
}

void leg_fixture::be_slow() {
  shared.carrier = owned(spawn_on<carrier_actor>(host, slow_carrier, carrier.box, dial));
}

void leg_fixture::answer_dial(command_outcome outcome) {
  dial->deliver(std::move(outcome));
  host.run();
}

void leg_fixture::find() {
  spawn({.id = "n-1-1", .carrier_call_id = "v3:a", .controlled = true, .found = true});
}

void leg_fixture::talk() {
  stream = attach();
  start(*stream);
  REQUIRE(last_record().state == call_state::connected);
  if (connector.peers.size() != providers + 2) return;
  providers += 2;
  for (const auto& each : {scribe(), connector.peers.back()}) each->open();
  scribe()->text(R"({"message_type":"session_started","session_id":"s","config":{}})");
  host.run();
}

void leg_fixture::event(telnyx::webhook what, telnyx::leg_role role) {
  if (what.call_control_id.empty()) what.call_control_id = "v3:a";
  what.client_state = telnyx::to_text({role, "test-node", "n-1-1"});
  tell(subject, webhook_received{std::make_shared<const telnyx::webhook>(std::move(what))});
}

void leg_fixture::hangup(std::string cause) {
  event({.type = webhook_type::call_hangup, .hangup_cause = std::move(cause)});
}

control_ruling leg_fixture::wish(call_wish what, std::string text) {
  control_ruling ruling;
  using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
  caf::actor_config config{&host, nullptr};
  auto ask = [&](asker* self, const control_call& asked) {
    self->request(subject, 60s, asked).then([&](const control_ruling& got) { ruling = got; });
  };
  system.spawn_functor(std::true_type{}, config, ask, control_call{what, std::move(text)});
  host.run();
  return ruling;
}

std::string leg_fixture::noted(std::string_view key) const {
  for (const auto& [name, text] : last_record().metadata)
    if (name == key) return text;
  return {};
}

carrier_command leg_fixture::last(std::string_view action) const {
  carrier_command found;
  for (const auto& each : carrier->all<carrier_command>())
    if (each.action == action) found = each;
  return found;
}

}  // namespace tandem::test
