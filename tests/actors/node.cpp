#include "actors/node.hpp"

#include "protocols/telnyx/webhook.hpp"
#include "tests/actors/fixture.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

struct node_fixture : fixture {
  node_fixture()
      : records(spawn_probe<actor_kind::records, records_actor>()),
        carrier(spawn_probe<actor_kind::carrier, carrier_actor>()) {
    shared.records = records.handle;
    shared.carrier = carrier.handle;
    shared.stream_token = [](std::string_view id) { return std::string(id); };
    settings.agent.kind = "echo";
    carrier->answer_with(command_outcome{.accepted = true});
    subject = owned(spawn_node(host, {&host, &other}, {.max_calls = 3},
                               std::make_shared<const call_settings>(settings), shared));
  }

  ~node_fixture() {
    tell(subject, end_all_calls{"shutdown"});
    run();
    subject = node_actor{};
    records.handle = records_actor{};
    carrier.handle = carrier_actor{};
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

  std::uint32_t calls() { return ask<node_description>(describe_node{}).calls; }

  std::size_t commands(std::string_view action) const {
    std::size_t found = 0;
    for (const auto& each : carrier->all<carrier_command>()) found += each.action == action;
    return found;
  }

  test_loop other{system};
  probe<records_actor> records;
  probe<carrier_actor> carrier;
  node_actor subject;
};

}  // namespace

TEST_CASE_FIXTURE(node_fixture, "an announced call is taken once, however often it is announced") {
  announce("a");
  announce("a");
  webhook(telnyx::webhook_type::call_initiated, "a", "another delivery");
  CHECK(calls() == 1);
  CHECK(commands("answer") == 1);
}

TEST_CASE_FIXTURE(node_fixture, "our own outgoing legs are no callers") {
  announce("a", "outgoing");
  CHECK(calls() == 0);
  CHECK(carrier->size() == 0);
}

TEST_CASE_FIXTURE(node_fixture, "an ended call stays ended") {
  announce("a");
  hang_up("a");
  CHECK(calls() == 0);
  webhook(telnyx::webhook_type::call_initiated, "a", "late");
  CHECK(calls() == 0);
  // The hang-up may even overtake the announcement.
  hang_up("b");
  announce("b");
  CHECK(calls() == 0);
}

TEST_CASE_FIXTURE(node_fixture,
                  "beyond the limit calls are rejected and streams refused, and slots come back") {
  for (auto call : {"a", "b", "c", "d"}) announce(call);
  CHECK(calls() == 3);
  CHECK(commands("reject") == 1);
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::calls);
  CHECK(measure.calls_rejected(refusal::calls).Value() == 2);
  hang_up("b");
  CHECK(calls() == 2);
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::none);
  CHECK(calls() == 3);
}

TEST_CASE_FIXTURE(node_fixture, "applied settings hold for new calls; those in progress keep theirs") {
  announce("a");
  auto other_agent = settings;
  other_agent.agent.kind = "script";
  other_agent.carrier.stream_url = "wss://elsewhere";
  tell(subject, apply_settings{std::make_shared<const call_settings>(other_agent),
                               std::make_shared<const node_limits>(
                                   node_limits{.max_calls = 2, .retry_after_seconds = 17})});
  announce("b");
  auto changes = records->all<call_changed>();
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].call.agent == "echo");
  CHECK(changes[1].call.agent == "script");
  CHECK(carrier->all<carrier_command>().back().body.find("wss://elsewhere") != std::string::npos);
  auto ruling = ask<stream_ruling>(open_stream{});
  CHECK(ruling.why == refusal::calls);
  CHECK(ruling.retry_after_seconds == 17);
}

TEST_CASE_FIXTURE(node_fixture, "a limit below what goes on ends no call and lets none in") {
  for (auto call : {"a", "b", "c"}) announce(call);
  tell(subject, apply_settings{std::make_shared<const call_settings>(settings),
                               std::make_shared<const node_limits>(node_limits{.max_calls = 1})});
  CHECK(calls() == 3);
  hang_up("a");
  hang_up("b");
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::calls);
  hang_up("c");
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::none);
}

TEST_CASE_FIXTURE(node_fixture, "calls go to the loop with the fewest") {
  auto first = ask<stream_ruling>(open_stream{});
  auto second = ask<stream_ruling>(open_stream{});
  CHECK(first.loop != second.loop);
  // Where a connection cannot move, the call comes to it.
  auto third = ask<stream_ruling>(open_stream{.loop = 1, .can_move = false});
  CHECK(third.loop == 1);
}

TEST_CASE_FIXTURE(node_fixture, "a call is found by our id and by the carrier's") {
  announce("v3:a");
  auto by_carrier = ask<call_owner>(find_owner{"v3:a"});
  REQUIRE(by_carrier.call);
  auto by_id = ask<call_owner>(find_owner{by_carrier.call_id});
  CHECK(by_id.call == by_carrier.call);
  CHECK(by_id.node == "test-node");
  CHECK_FALSE(ask<call_owner>(find_owner{"nobody"}).call);
}

TEST_CASE_FIXTURE(node_fixture, "a stream with a known token finds its call, one of an ended call does not") {
  announce("v3:a");
  auto owner = ask<call_owner>(find_owner{"v3:a"});
  CHECK(ask<stream_ruling>(open_stream{.call_id = owner.call_id}).call == owner.call);
  hang_up("v3:a");
  CHECK(ask<stream_ruling>(open_stream{.call_id = owner.call_id}).unknown_call);
}

TEST_CASE_FIXTURE(node_fixture, "a second stream for the same carrier's call takes its place") {
  auto first = ask<stream_ruling>(open_stream{});
  auto second = ask<stream_ruling>(open_stream{});
  auto ids = records->all<call_changed>();
  REQUIRE(ids.size() == 2);
  ask<call_owner>(identify_call{ids[0].call.id, "v3:a"});
  ask<call_owner>(identify_call{ids[1].call.id, "v3:a"});
  CHECK(calls() == 1);
  CHECK(ask<call_owner>(find_owner{"v3:a"}).call == second.call);
}

TEST_CASE_FIXTURE(node_fixture, "a draining node takes no calls and is done when the last has ended") {
  announce("a");
  using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
  bool drained = false;
  caf::actor_config config{&host, nullptr};
  auto ask_it = [&](asker* self, const drain_node& wish) {
    self->request(subject, 60s, wish).then([&](const node_description&) { drained = true; });
  };
  system.spawn_functor(std::true_type{}, config, ask_it, drain_node{});
  run();
  CHECK_FALSE(drained);
  announce("b");
  CHECK(calls() == 1);
  CHECK(ask<stream_ruling>(open_stream{}).why == refusal::draining);
  hang_up("a");
  CHECK(drained);
}

}  // namespace tandem::test
