#include "tests/actors/call_fixture.hpp"

namespace tandem::test {

call_fixture::call_fixture()
    : records(spawn_probe<actor_kind::records, records_actor>()),
      carrier(spawn_probe<actor_kind::carrier, carrier_actor>()),
      node(spawn_probe<actor_kind::node, node_actor>()) {
  shared.records = records.handle;
  shared.carrier = carrier.handle;
  shared.stream_token = [](std::string_view id, auto) { return "token-of-" + std::string(id); };
  settings.agent.kind = "echo";
  settings.carrier.stream_url = "wss://voice.example.com";
  carrier->answer_with(command_outcome{.accepted = true});
  node->answer_with(call_owner{"test-node", "n-1-1", {}});
}

call_fixture::~call_fixture() {
  subject = call_actor{};
  node.handle = node_actor{};
  records.handle = records_actor{};
  carrier.handle = carrier_actor{};
}

void call_fixture::spawn(bool controlled) {
  call_origin origin{.id = "n-1-1", .controlled = controlled};
  if (controlled) {
    origin.carrier_call_id = "v3:a";
    origin.from = "+13125550100";
    origin.to = "+13125550142";
  }
  spawn(origin);
}

void call_fixture::spawn(const call_origin& origin) {
  subject = owned(spawn_call(host, origin, shared_settings(), shared, node.handle));
  host.run();
}

std::shared_ptr<fake_peer> call_fixture::attach() {
  auto peer = std::make_shared<fake_peer>();
  tell(subject, attach_stream{std::make_shared<fake_link>(host, peer)});
  return peer;
}

void call_fixture::start(fake_peer& stream, const std::string& call) {
  stream.text(R"({"event":"connected","version":"1.0.0"})");
  stream.text(R"({"event":"start","sequence_number":"1","stream_id":"s","start":{"call_control_id":")" +
              call +
              R"(","from":"+13125550100","to":"+13125550142",)"
              R"("media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}}})");
  host.run();
}

void call_fixture::webhook(telnyx::webhook_type type) {
  auto event = std::make_shared<telnyx::webhook>();
  event->type = type;
  event->call_control_id = "v3:a";
  tell(subject, webhook_received{event});
}

std::size_t call_fixture::commands(std::string_view action) const {
  std::size_t found = 0;
  for (const auto& each : carrier->all<carrier_command>()) found += each.action == action;
  return found;
}

call_record call_fixture::last_record() const { return records->last<call_changed>().call; }

std::size_t call_fixture::ended_records() const {
  std::size_t ended = 0;
  for (const auto& each : records->all<call_changed>()) ended += each.call.state == call_state::ended;
  return ended;
}

bool call_fixture::childless() const {
  for (auto kind : {actor_kind::ingress, actor_kind::scribe, actor_kind::dialogue, actor_kind::speech}) {
    if (live(kind) != 0) return false;
  }
  return true;
}

}  // namespace tandem::test
