#include "actors/agents/agent_overrides.hpp"
#include "tests/actors/call_fixture.hpp"
#include "tests/actors/node_fixture.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

namespace {

using values = std::vector<std::pair<std::string, std::string>>;

revise_agent order(values settings, bool live = false) {
  return {std::make_shared<const agent_revision>(agent_revision{std::move(settings)}), live};
}

struct revised_node : node_fixture {
  revised_node() {
    settings.carrier.connection_id = "c";
    tell(subject, reload());
  }

  apply_settings reload() const {
    return {shared_settings(), std::make_shared<const admission_limits>(admission_limits{.max_calls = 9})};
  }

  placed_call place(values agent) {
    call_order order{.to = "+13125550142", .from = "+13125550100"};
    order.agent = std::move(agent);
    return ask<placed_call>(place_call{order});
  }

  std::size_t changed_calls() const {
    std::size_t found = 0;
    for (const auto& each : records->all<event_added>()) found += each.event.name == "agent.changed";
    return found;
  }
};

struct revised_call : call_fixture {
  control_ruling revise(values settings) {
    caf::scoped_actor self(system);
    auto request = self->request(subject, 5s, order(std::move(settings)));
    host.run();
    control_ruling ruling;
    request.receive([&](const control_ruling& got) { ruling = got; },
                    [](const caf::error& why) { FAIL(caf::to_string(why)); });
    return ruling;
  }
};

}  // namespace

TEST_CASE_FIXTURE(revised_node, "new calls get the revised agent, and calls that go on keep theirs") {
  announce("a");
  CHECK_FALSE(ask<agent_description>(describe_agent{}).is_revised);
  const auto ruling = ask<revision_ruling>(order({{"greeting", "Good evening."}}));
  CHECK(ruling.fault.empty());
  CHECK(ruling.applied_to + ruling.kept == 0);
  CHECK(ruling.now.is_revised);
  CHECK(ruling.now.calls->turns.greeting == "Good evening.");
  CHECK(changed_calls() == 0);
  const auto now = ask<agent_description>(describe_agent{});
  CHECK(now.is_revised);
  CHECK(now.calls->turns.greeting == "Good evening.");
}

TEST_CASE_FIXTURE(revised_node, "what cannot be changes nothing") {
  const auto ruling = ask<revision_ruling>(order({{"greeting", "Hello."}, {"voice", "deep"}}, true));
  CHECK(ruling.fault.starts_with("agent.voice is unknown"));
  const auto now = ask<agent_description>(describe_agent{});
  CHECK_FALSE(now.is_revised);
  CHECK(now.calls->turns.greeting.empty());
}

TEST_CASE_FIXTURE(revised_node, "live calls take it if wished, but for what they were given of their own") {
  announce("a");
  announce("b");
  REQUIRE(place({{"fallback_reply", "Pardon?"}}).fault.empty());
  REQUIRE(calls() == 3);
  const auto ruling = ask<revision_ruling>(order({{"fallback_reply", "Once more, please."}}, true));
  CHECK(ruling.applied_to == 2);
  CHECK(ruling.kept == 1);
  CHECK(changed_calls() == 2);
  CHECK(ask<revision_ruling>(order({{"system_prompt", "Be brief."}}, true)).applied_to == 3);
  CHECK(changed_calls() == 5);
}

TEST_CASE_FIXTURE(revised_node, "settings that are read again take the place of what was revised") {
  ask<revision_ruling>(order({{"greeting", "Good evening."}}));
  tell(subject, reload());
  run();
  const auto now = ask<agent_description>(describe_agent{});
  CHECK_FALSE(now.is_revised);
  CHECK(now.calls->turns.greeting.empty());
}

TEST_CASE_FIXTURE(revised_call, "a call that somebody gave another agent keeps what was chosen for it") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  caf::scoped_actor self(system);
  auto request = self->request(subject, 5s, change_agent{{{"system_prompt", "You sell chairs."}}});
  host.run();
  request.receive([](const agent_ruling& ruling) { CHECK(ruling.accepted); },
                  [](const caf::error& why) { FAIL(caf::to_string(why)); });
  const auto kept = revise({{"system_prompt", "You sell tables."}});
  CHECK_FALSE(kept.accepted);
  CHECK(kept.why == "the call was given an agent of its own");
  CHECK(revise({{"fallback_reply", "Pardon?"}}).accepted);
}

TEST_CASE_FIXTURE(revised_call, "a call that is ending keeps its agent") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  carrier->hold<command_outcome>();
  tell(subject, end_call{std::string(end_reason::api_hung_up)});
  const auto late = revise({{"fallback_reply", "Pardon?"}});
  CHECK_FALSE(late.accepted);
  CHECK(late.why == "the call is ending");
  carrier->release<command_outcome>();
  host.run();
}

}  // namespace tandem::test
