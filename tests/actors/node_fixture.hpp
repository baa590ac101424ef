#pragma once

#include "actors/admission.hpp"
#include "actors/node.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/telnyx/webhook.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tandem::test {

using namespace std::chrono_literals;

/// The actor that owns the calls, with real calls on two loops; the test is carrier, store and providers, and
/// the switchboard of a node that is not alone.
struct node_fixture : fixture {
  explicit node_fixture(const admission_limits& limits = {.max_calls = 3}, call_limits of_calls = {},
                        link_connector* network = nullptr, bool is_alone = true)
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
    subject = owned(
        spawn_node(host, {&host, &other}, door, std::make_shared<const call_settings>(settings), shared));
  }

  ~node_fixture() {
    tell(subject, end_all_calls{"shutdown"});
    run();
    subject = node_actor{};
    records.handle = records_actor{};
    carrier.handle = carrier_actor{};
    switchboard.handle = switchboard_actor{};
    end_all();
    run();
  }

  void run() {
    for (int i = 0; i < 10; ++i) {
      host.run();
      other.run();
    }
  }

  void webhook(telnyx::webhook_type type, std::string call, std::string id,
               std::string direction = "incoming") {
    auto event = std::make_shared<telnyx::webhook>();
    event->id = std::move(id);
    event->type = type;
    event->call_control_id = std::move(call);
    event->direction = std::move(direction);
    tell(subject, webhook_received{event});
    run();
  }

  void announce(std::string call, std::string direction = "incoming") {
    webhook(telnyx::webhook_type::call_initiated, call, "initiated-" + call, std::move(direction));
  }

  void hang_up(std::string call) { webhook(telnyx::webhook_type::call_hangup, call, "hangup-" + call); }

  /// A stream on the fixed token comes, and says that it carries this call, if any.
  std::shared_ptr<fake_peer> come_in(const std::string& call, open_stream door = {}) {
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

  /// A frame of the caller's, as the carrier sends it.
  static constexpr const char* frame =
      R"({"event":"media","media":{"track":"inbound","payload":"/////w=="}})";

  template <class Answer, class Question>
  Answer ask(Question question) {
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

  void advance(std::chrono::milliseconds by) {
    host.advance(by);
    other.advance(by);
    run();
  }

  std::uint32_t calls() { return ask<node_description>(describe_node{}).calls; }

  std::size_t commands(std::string_view action) const {
    std::size_t found = 0;
    for (const auto& each : carrier->all<carrier_command>()) found += each.action == action;
    return found;
  }

  test_loop other{system};
  std::shared_ptr<admission> door;
  probe<records_actor> records;
  probe<carrier_actor> carrier;
  probe<switchboard_actor> switchboard;
  node_actor subject;
};

}  // namespace tandem::test
