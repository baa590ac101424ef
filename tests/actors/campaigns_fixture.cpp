#include "tests/actors/campaigns_fixture.hpp"

#include "actors/runtime/pinned.hpp"

#include <algorithm>

namespace tandem::test {

namespace {

struct nothing {};

node_actor::behavior_type fake_node(pinned_actor<actor_kind::node, node_actor, nothing>* self,
                                    std::shared_ptr<line> world, campaigns_fixture* by) {
  return {
      [](const webhook_received&) {},
      [](const open_stream&) { return stream_ruling{}; },
      [](const identify_call&) { return call_owner{}; },
      [](const stream_missed&) {},
      [](const leg_settled&) {},
      [](const call_moved&) {},
      [](const take_webhook&) { return webhook_ruling{}; },
      [](const adopt_call&) { return adoption_ruling{}; },
      [](const forsake_calls&) {},
      [=](const place_call& command) {
        ++world->asked;
        auto answer = world->answer;
        if (answer.why != refusal::none || !answer.fault.empty()) return answer;
        auto call = test::spawn_probe<actor_kind::call, call_actor>(dynamic_cast<test_loop&>(self->home()));
        world->calls[command.id] = {command.order, by->owned(call.handle)};
        return answer;
      },
      [=](const find_owner& query) {
        const auto known = world->calls.find(query.id);
        if (known == world->calls.end()) return call_owner{};
        return call_owner{"test-node", query.id, known->second.call};
      },
      [](const describe_node&) { return node_description{}; },
      [](const describe_agent&) { return agent_description{}; },
      [](const revise_agent&) { return revision_ruling{}; },
      [](const apply_settings&) {},
      [](const drain_node&) { return node_description{}; },
      [](const end_all_calls&) {},
  };
}

records_actor::behavior_type fake_records(pinned_actor<actor_kind::records, records_actor, nothing>*,
                                          std::shared_ptr<line> world) {
  return {
      [](const call_changed&) {},
      [](const turn_added&) {},
      [](const event_added&) {},
      [](const keep_call&) { return change_kept{true}; },
      [](const calls_saved&) {},
      [](const call_moved&) {},
      [](const list_calls&) { return call_page{}; },
      [=](const find_call& query) {
        const auto known = world->records.find(query.id);
        if (known == world->records.end()) return call_history{};
        return call_history{{known->second}, {}};
      },
      [](const forget_caller&) { return change_kept{true}; },
  };
}

}  // namespace

campaigns_fixture::campaigns_fixture()
    : node(owned(spawn_on<node_actor>(host, fake_node, world, this))),
      records(owned(spawn_on<records_actor>(host, fake_records, world))) {
  start_again();
  load();
}

campaigns_fixture::~campaigns_fixture() {
  store.waiting.clear();
  subject = campaigns_actor{};
  node = node_actor{};
  records = records_actor{};
  switchboard = switchboard_actor{};
  world->calls.clear();
  end_all();
  store.waiting.clear();
}

void campaigns_fixture::start_again() {
  if (subject) {
    fixture::end(subject);
    for (const auto& [id, each] : world->calls) fixture::end(each.call);
    world->calls.clear();
    store.waiting.clear();
  }
  subject = owned(spawn_campaigns(host, store, records, "test-node", std::to_string(++starts)));
  tell(subject, begin_campaigns{node, switchboard});
}

void campaigns_fixture::load() {
  tell(subject, store_caught_up{});
  run();
}

void campaigns_fixture::run() {
  host.run();
  while (keeps && !store.waiting.empty()) {
    for (auto& each : std::exchange(store.waiting, {})) each(true);
    host.run();
  }
}

void campaigns_fixture::advance(std::chrono::milliseconds by) {
  for (auto step = std::min<std::chrono::milliseconds>(by, 1s); by > 0ms; by -= step) {
    step = std::min(step, by);
    host.advance(step);
    run();
  }
}

std::string campaigns_fixture::begin(campaigns::plan how, std::size_t count) {
  how.call.from = "+13125550100";
  start_campaign command{std::move(how), {}, 0};
  for (std::size_t n = 1; n <= count; ++n)
    command.numbers.push_back({.n = static_cast<std::uint32_t>(n), .number = number_of(n)});
  const auto ruling = ask<campaign_ruling>(std::move(command));
  REQUIRE(ruling.outcome == campaign_outcome::done);
  return ruling.campaign.id;
}

campaigns::entry campaigns_fixture::number(const std::string& id, std::uint32_t n) {
  const auto page = ask<number_page>(list_numbers{.campaign_id = id, .limit = 1, .after = n - 1});
  REQUIRE(page.numbers.size() == 1);
  return page.numbers.front();
}

std::vector<std::string> campaigns_fixture::on_line() const {
  std::vector<std::string> out;
  for (const auto& [id, each] : world->calls) out.push_back(each.order.to);
  std::ranges::sort(out);
  return out;
}

void campaigns_fixture::end(const std::string& number, std::string_view reason) {
  const auto call =
      std::ranges::find_if(world->calls, [&](const auto& each) { return each.second.order.to == number; });
  REQUIRE(call != world->calls.end());
  world->records[call->first] = {
      .id = call->first, .state = call_state::ended, .end_reason = std::string(reason)};
  auto handle = call->second.call;
  world->calls.erase(call);
  fixture::end(handle);
  run();
}

}  // namespace tandem::test
