#pragma once

#include "actors/carrier_leg.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "tests/actors/call_fixture.hpp"

namespace tandem::test {

using telnyx::webhook_type;

/// What the carrier has not answered yet.
using pending_dial = std::shared_ptr<caf::typed_response_promise<command_outcome>>;

struct nothing {};

/// A carrier that takes its time to dial.
inline carrier_actor::behavior_type slow_carrier(
    pinned_actor<actor_kind::carrier, carrier_actor, nothing>* self, const std::shared_ptr<mail>& box,
    const pending_dial& dial) {
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

/// A call that the engine answers or places, with the test as its carrier.
struct leg_fixture : call_fixture {
  leg_fixture() {
    settings.carrier.connection_id = "app";
    shared.stream_token = [this](std::string_view id, std::chrono::seconds lasts) {
      token_lasts = lasts;
      return "token-of-" + std::string(id);
    };
  }

  static command_outcome dialled() {
    auto outcome = command_outcome{.accepted = true};
    outcome.carrier_call_id = "v3:a";
    return outcome;
  }

  void place(call_origin origin = {}, command_outcome outcome = dialled()) {
    origin.id = "n-1-1";
    origin.direction = call_direction::outgoing;
    origin.controlled = true;
    origin.from = "+13125550100";
    origin.to = "+13125550142";
    carrier->answer_with(std::move(outcome));
    subject =
        owned(spawn_call(host, origin, std::make_shared<const call_settings>(settings), shared, node.handle));
    host.run();
  }

  /// The answer to the next dial waits for `answer_dial`.
  void be_slow() { shared.carrier = owned(spawn_on<carrier_actor>(host, slow_carrier, carrier.box, dial)); }

  void answer_dial(command_outcome outcome) {
    dial->deliver(std::move(outcome));
    host.run();
  }

  void find() {
    subject =
        owned(spawn_call(host, {.id = "n-1-1", .carrier_call_id = "v3:a", .controlled = true, .found = true},
                         std::make_shared<const call_settings>(settings), shared, node.handle));
    host.run();
  }

  void talk() {
    stream = attach();
    start(*stream);
    REQUIRE(last_record().state == call_state::connected);
    if (connector.peers.size() != providers + 2) return;
    providers += 2;
    for (const auto& each : {scribe(), connector.peers.back()}) each->open();
    scribe()->text(R"({"message_type":"session_started","session_id":"s","config":{}})");
    host.run();
  }

  void event(telnyx::webhook what, telnyx::leg_role role = telnyx::leg_role::conversation) {
    if (what.call_control_id.empty()) what.call_control_id = "v3:a";
    what.client_state = telnyx::to_text({role, "test-node", "n-1-1"});
    tell(subject, webhook_received{std::make_shared<const telnyx::webhook>(std::move(what))});
  }

  void hangup(std::string cause) {
    event({.type = webhook_type::call_hangup, .hangup_cause = std::move(cause)});
  }

  control_ruling wish(call_wish what, std::string text = {}) {
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

  std::string noted(std::string_view key) const {
    for (const auto& [name, text] : last_record().metadata)
      if (name == key) return text;
    return {};
  }

  carrier_command last(std::string_view action) const {
    carrier_command found;
    for (const auto& each : carrier->all<carrier_command>())
      if (each.action == action) found = each;
    return found;
  }

  std::shared_ptr<fake_peer> scribe() const { return connector.peers[connector.peers.size() - 2]; }

  pending_dial dial = std::make_shared<pending_dial::element_type>();
  std::size_t providers = 0;
  std::chrono::seconds token_lasts{0};
  std::shared_ptr<fake_peer> stream;
};

}  // namespace tandem::test
