#include "tests/actors/node_cluster_fixture.hpp"

#include <utility>

namespace tandem::test {

cluster_node::cluster_node(const admission_limits& limits)
    : node_fixture(limits, {.stream_wait = 600s, .media_wait = 600s, .lifeless = 600s}, nullptr, false) {
  claims(claim_outcome::ours);
  auto with = settings;
  with.carrier.connection_id = "app";
  tell(subject, apply_settings{std::make_shared<const call_settings>(with),
                               std::make_shared<const admission_limits>(limits)});
}

std::shared_ptr<const call_pass> cluster_node::pass() {
  const auto permitted = std::make_shared<leases::permission>();
  permitted->set(moment::max());
  return std::make_shared<const call_pass>(permitted);
}

void cluster_node::claims(claim_outcome whose) {
  switchboard->answer_with(
      claim_ruling{whose, whose == claim_outcome::ours ? pass() : std::shared_ptr<const call_pass>()});
}

std::shared_ptr<const telnyx::webhook> cluster_node::event(telnyx::webhook_type type, std::string leg,
                                                           std::string id, const std::string& state) {
  auto made = std::make_shared<telnyx::webhook>();
  made->id = std::move(id);
  made->type = type;
  made->call_control_id = std::move(leg);
  made->direction = "incoming";
  made->client_state = state;
  return made;
}

bool cluster_node::offer(telnyx::webhook_type type, std::string leg, std::string id, bool begins) {
  return ask<webhook_ruling>(take_webhook{event(type, std::move(leg), std::move(id)), begins}).taken;
}

bool cluster_node::offer(std::string leg) {
  return offer(telnyx::webhook_type::call_initiated, leg, "initiated-" + leg, true);
}

void cluster_node::find_leg(std::string leg, const std::string& call_id) {
  tell(subject,
       webhook_received{event(telnyx::webhook_type::streaming_started, leg, "started-" + leg,
                              telnyx::to_text({telnyx::leg_role::conversation, "test-node", call_id}))});
  run();
}

void cluster_node::alive(bool is) {
  auto answer = command_outcome{.accepted = true};
  answer.is_alive = is;
  carrier->answer_with(answer);
}

void cluster_node::dials(std::string leg) {
  auto answer = command_outcome{.accepted = true};
  answer.carrier_call_id = std::move(leg);
  carrier->answer_with(answer);
}

std::string cluster_node::id_of(const std::string& leg) { return ask<call_owner>(find_owner{leg}).call_id; }

std::vector<telnyx::webhook_type> cluster_node::routed() const {
  std::vector<telnyx::webhook_type> types;
  for (const auto& each : switchboard->all<route_webhook>()) types.push_back(each.event->type);
  return types;
}

}  // namespace tandem::test
