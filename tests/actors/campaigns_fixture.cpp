#include "tests/actors/campaigns_fixture.hpp"

#include "actors/runtime/pinned.hpp"

#include <algorithm>
#include <optional>
#include <utility>

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

void fake_campaign_store::write(store_change change, std::function<void(bool)> kept) {
  if (auto* about = std::get_if<campaigns::campaign_record>(&change)) records[about->id] = *about;
  if (auto* one = std::get_if<entry_change>(&change)) numbers[one->campaign_id][one->number.n] = one->number;
  if (auto* one = std::get_if<bar_change>(&change)) {
    if (one->barred) {
      barred[one->number.number] = one->number;
    } else {
      barred.erase(one->number.number);
    }
  }
  ++writes;
  if (kept) waiting.push_back(std::move(kept));
}

void fake_campaign_store::read_campaigns(stored_campaigns query,
                                         answer_to<campaigns::campaign_record> answer) {
  std::vector<campaigns::campaign_record> found;
  for (const auto& [id, each] : records) {
    if ((query.id.empty() || query.id == id) && !(query.open && each.closed)) found.push_back(each);
  }
  answer(away ? std::nullopt : std::optional(found));
}

void fake_campaign_store::read_entries(stored_entries query, answer_to<campaigns::entry> answer) {
  std::vector<campaigns::entry> found;
  for (const auto& [n, each] : numbers[query.campaign_id]) {
    if (n > query.after && found.size() < query.limit) found.push_back(each);
  }
  answer(away ? std::nullopt : std::optional(found));
}

void fake_campaign_store::read_barred(std::size_t, wall_time since,
                                      answer_to<campaigns::barred_number> answer) {
  std::vector<campaigns::barred_number> found;
  for (const auto& [number, each] : barred)
    if (each.since >= since) found.push_back(each);
  answer(away ? std::nullopt : std::optional(found));
}

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

campaigns::campaign_record campaigns_fixture::about(const std::string& id) {
  return ask<campaign_ruling>(find_campaign{id}).campaign;
}

campaigns::entry campaigns_fixture::number(const std::string& id, std::uint32_t n) {
  const auto page = ask<number_page>(list_numbers{.campaign_id = id, .limit = 1, .after = n - 1});
  REQUIRE(page.numbers.size() == 1);
  return page.numbers.front();
}

std::string campaigns_fixture::number_of(std::size_t n) {
  return "+1312555" + std::to_string(100 + n / 10).substr(1) + std::to_string(100 + n).substr(1);
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

template <class Answer, class Question>
Answer campaigns_fixture::ask(Question question) {
  caf::scoped_actor self(system);
  auto request = self->request(subject, 5s, std::move(question));
  run();
  std::optional<Answer> out;
  request.receive([&](Answer& answer) { out = std::move(answer); }, [](const caf::error&) {});
  REQUIRE(out);
  return std::move(*out);
}

template change_kept campaigns_fixture::ask(bar_numbers);
template number_ruling campaigns_fixture::ask(check_number);
template campaign_ruling campaigns_fixture::ask(find_campaign);
template barred_page campaigns_fixture::ask(list_barred);
template campaign_page campaigns_fixture::ask(list_campaigns);
template number_page campaigns_fixture::ask(list_numbers);
template campaign_ruling campaigns_fixture::ask(start_campaign);
template campaign_ruling campaigns_fixture::ask(steer_campaign);
template change_kept campaigns_fixture::ask(unbar_number);

}  // namespace tandem::test
