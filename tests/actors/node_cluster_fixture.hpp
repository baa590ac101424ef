#pragma once

#include "actors/cluster/call_pass.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "tests/actors/node_fixture.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// A node that is not alone: whatever its calls claim is its own, and no other node takes anything.
struct cluster_node : node_fixture {
  explicit cluster_node(const admission_limits& limits = {.max_calls = 3})
      : node_fixture(limits, {.stream_wait = 600s, .media_wait = 600s, .lifeless = 600s}, nullptr, false) {
    claims(claim_outcome::ours);
    auto with = settings;
    with.carrier.connection_id = "app";
    tell(subject, apply_settings{std::make_shared<const call_settings>(with),
                                 std::make_shared<const admission_limits>(limits)});
  }

  static std::shared_ptr<const call_pass> pass() {
    const auto permitted = std::make_shared<leases::permission>();
    permitted->set(moment::max());
    return std::make_shared<const call_pass>(permitted);
  }

  void claims(claim_outcome whose) {
    switchboard->answer_with(
        claim_ruling{whose, whose == claim_outcome::ours ? pass() : std::shared_ptr<const call_pass>()});
  }

  static std::shared_ptr<const telnyx::webhook> event(telnyx::webhook_type type, std::string leg,
                                                      std::string id, const std::string& state = {}) {
    auto made = std::make_shared<telnyx::webhook>();
    made->id = std::move(id);
    made->type = type;
    made->call_control_id = std::move(leg);
    made->direction = "incoming";
    made->client_state = state;
    return made;
  }

  /// Another node passes a webhook on: whether it is taken here.
  bool offer(telnyx::webhook_type type, std::string leg, std::string id, bool begins = false) {
    return ask<webhook_ruling>(take_webhook{event(type, std::move(leg), std::move(id)), begins}).taken;
  }
  bool offer(std::string leg) {
    return offer(telnyx::webhook_type::call_initiated, leg, "initiated-" + leg, true);
  }

  /// A sign of life of a leg with this node's label, whose call is not here.
  void find_leg(std::string leg, const std::string& call_id) {
    tell(subject,
         webhook_received{event(telnyx::webhook_type::streaming_started, leg, "started-" + leg,
                                telnyx::to_text({telnyx::leg_role::conversation, "test-node", call_id}))});
    run();
  }

  void alive(bool is) {
    auto answer = command_outcome{.accepted = true};
    answer.is_alive = is;
    carrier->answer_with(answer);
  }

  void dials(std::string leg) {
    auto answer = command_outcome{.accepted = true};
    answer.carrier_call_id = std::move(leg);
    carrier->answer_with(answer);
  }

  std::string id_of(const std::string& leg) { return ask<call_owner>(find_owner{leg}).call_id; }

  std::vector<telnyx::webhook_type> routed() const {
    std::vector<telnyx::webhook_type> types;
    for (const auto& each : switchboard->all<route_webhook>()) types.push_back(each.event->type);
    return types;
  }
};

}  // namespace tandem::test
