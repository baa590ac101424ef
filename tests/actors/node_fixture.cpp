#include "tests/actors/node_fixture.hpp"

#include "actors/runtime/pinned.hpp"

#include <utility>

namespace tandem::test {

node_fixture::node_fixture(const admission_limits& limits, call_limits of_calls, link_connector* network,
                           bool is_alone)
    : records(spawn_probe<actor_kind::records, records_actor>()),
      carrier(spawn_probe<actor_kind::carrier, carrier_actor>()) {
  shared.records = records.handle;
  shared.carrier = carrier.handle;
  shared.stream_token = [](std::string_view id, auto) { return std::string(id); };
  settings.agent.kind = "echo";
  settings.limits = of_calls;
  if (network != nullptr) shared.links = network;
  carrier->answer_with(command_outcome{.accepted = true});
  if (!is_alone) {
    switchboard = spawn_probe<actor_kind::cluster, switchboard_actor>();
    shared.switchboard = switchboard.handle;
  }
  door = std::make_shared<admission>(limits, 2, 100ms, measure);
  subject =
      owned(spawn_node(host, {&host, &other}, door, std::make_shared<const call_settings>(settings), shared));
}

node_fixture::~node_fixture() {
  tell(subject, end_all_calls{"shutdown"});
  run();
  subject = node_actor{};
  records.handle = records_actor{};
  carrier.handle = carrier_actor{};
  switchboard.handle = switchboard_actor{};
  end_all();
  run();
}

void node_fixture::run() {
  for (int i = 0; i < 10; ++i) {
    host.run();
    other.run();
  }
}

void node_fixture::webhook(telnyx::webhook_type type, std::string call, std::string id,
                           std::string direction) {
  auto event = std::make_shared<telnyx::webhook>();
  event->id = std::move(id);
  event->type = type;
  event->call_control_id = std::move(call);
  event->direction = std::move(direction);
  tell(subject, webhook_received{event});
  run();
}

void node_fixture::announce(std::string call, std::string direction) {
  webhook(telnyx::webhook_type::call_initiated, call, "initiated-" + call, std::move(direction));
}

std::shared_ptr<fake_peer> node_fixture::come_in(const std::string& call, open_stream door) {
  const auto ruling = ask<stream_ruling>(door);
  REQUIRE(ruling.taker);
  auto peer = std::make_shared<fake_peer>();
  tell(ruling.taker, attach_stream{std::make_shared<fake_link>(ruling.loop == 0 ? host : other, peer)});
  run();
  if (call.empty()) return peer;
  peer->text(R"({"event":"start","stream_id":"s","start":{"call_control_id":")" + call +
             R"(","media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}}})");
  run();
  return peer;
}

void node_fixture::advance(std::chrono::milliseconds by) {
  host.advance(by);
  other.advance(by);
  run();
}

std::uint32_t node_fixture::calls() { return ask<node_description>(describe_node{}).calls; }

std::size_t node_fixture::commands(std::string_view action) const {
  std::size_t found = 0;
  for (const auto& each : carrier->all<carrier_command>()) found += each.action == action;
  return found;
}

template <class Answer, class Question>
Answer node_fixture::ask(Question question) {
  Answer answer;
  using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
  caf::actor_config config{&host, nullptr};
  auto ask_it = [&](asker* self, const Question& asked) {
    self->request(subject, 60s, asked).then([&](Answer& got) { answer = std::move(got); });
  };
  system.spawn_functor(std::true_type{}, config, ask_it, question);
  run();
  return answer;
}

template adoption_ruling node_fixture::ask(adopt_call);
template agent_description node_fixture::ask(describe_agent);
template node_description node_fixture::ask(describe_node);
template call_owner node_fixture::ask(find_owner);
template call_owner node_fixture::ask(identify_call);
template stream_ruling node_fixture::ask(open_stream);
template placed_call node_fixture::ask(place_call);
template revision_ruling node_fixture::ask(revise_agent);
template webhook_ruling node_fixture::ask(take_webhook);

}  // namespace tandem::test
