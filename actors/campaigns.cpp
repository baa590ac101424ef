#include "actors/campaigns.hpp"

#include "actors/campaigns_state.hpp"
#include "protocols/telnyx/dial.hpp"

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

/// So long after the start whoever asks about a number waits for the list.
constexpr std::chrono::seconds list_patience{2};
/// What callers of other nodes wished for is read so often, and from so long before: a node that had lost the
/// store writes it late.
constexpr std::chrono::seconds news_pause{20};
constexpr std::chrono::hours news_age{1};

}  // namespace

void campaigns_state::load() {
  books->load(do_not_call_list::bound, [this](std::optional<campaign_legacy> found) {
    if (found) return on_loaded(std::move(*found));
    next_load = after(store_pause, [this] { load(); });
  });
}

void campaigns_state::on_loaded(campaign_legacy found) {
  loaded = true;
  list_wait.cancel();
  for (auto& each : found.barred) barred.add(std::move(each));
  answer_checks();
  for (auto& each : found.open) {
    const auto& about = each.about();
    spdlog::info("campaign goes on id={} state={} pending={} calling={}", about.id, to_string(about.state),
                 about.numbers.pending, about.numbers.calling);
    for (const auto& number : each.entries()) {
      if (number.state != campaigns::entry_state::calling) continue;
      flights.emplace(number.call_id, flight{.campaign_id = about.id, .n = number.n, .recovered = true});
      busy.insert(number.number);
    }
    auto id = about.id;
    open.try_emplace(std::move(id), std::move(each));
  }
  if (node) find_recovered();
  look();
}

void campaigns_state::begin(const begin_campaigns& command) {
  node = command.node;
  switchboard = command.switchboard;
  if (loaded) find_recovered();
  look();
  if (switchboard) read_news();
}

/// Where nodes share a store another one may have heard who does not want to be called.
void campaigns_state::read_news() {
  books->read_barred(do_not_call_list::bound, now() - news_age, [this](auto found) {
    next_reading = after(news_pause, [this] { read_news(); });
    if (!found) return;
    for (auto& each : *found)
      if (barred.has_room(1)) barred.add(std::move(each));
  });
}

/// Where nodes share a store another one may have taken the calls of the earlier process.
void campaigns_state::find_recovered() {
  std::vector<std::string> recovered;
  for (const auto& [call_id, each] : flights) recovered.push_back(call_id);
  for (const auto& call_id : recovered) switchboard ? watch(call_id) : find_end(call_id);
}

caf::typed_response_promise<number_ruling> campaigns_state::check(const check_number& query) {
  auto promise = self->make_response_promise<number_ruling>();
  checks.emplace_back(query.number, promise);
  if (loaded || list_is_late) answer_checks();
  return promise;
}

void campaigns_state::answer_checks() {
  for (auto& [number, promise] : std::exchange(checks, {}))
    deliver(promise, number_ruling{!barred.contains(number), loaded});
}

caf::typed_response_promise<change_kept> campaigns_state::bar(const bar_numbers& command) {
  auto promise = self->make_response_promise<change_kept>();
  std::vector<store_change> changes;
  for (const auto& number : command.numbers) {
    if (!telnyx::can_be_dialled(number) || !barred.has_room(1)) continue;
    changes.push_back(bar_change{barred.add({number, now(), command.source}), true});
  }
  if (changes.size() < command.numbers.size())
    spdlog::error("do-not-call list leaves out numbers count={} source={}",
                  command.numbers.size() - changes.size(), command.source);
  if (changes.empty()) {
    deliver(promise, change_kept{command.numbers.empty()});
  } else {
    const bool all = changes.size() == command.numbers.size();
    books->keep(std::move(changes),
                [promise, all](bool kept) { deliver(promise, change_kept{kept && all}); });
  }
  return promise;
}

caf::typed_response_promise<change_kept> campaigns_state::unbar(const unbar_number& command) {
  auto promise = self->make_response_promise<change_kept>();
  if (!loaded) {
    deliver(promise, change_kept{false});
    return promise;
  }
  barred.remove(command.number);
  books->keep({bar_change{{.number = command.number}, false}},
              [promise](bool kept) { deliver(promise, change_kept{kept}); });
  return promise;
}

barred_page campaigns_state::list(const list_barred& query) const {
  barred_page page{.numbers = barred.page(query.after, query.limit + 1), .complete = loaded};
  if (page.numbers.size() <= query.limit) return page;
  page.numbers.pop_back();
  page.cursor = page.numbers.back().number;
  return page;
}

namespace {

campaigns_actor::behavior_type campaigns_behavior(campaigns_pointer self, campaign_store* store,
                                                  const records_actor& records, const std::string& node,
                                                  const std::string& epoch) {
  auto& state = self->state;
  state.self = self;
  state.books.emplace(*store, self);
  state.records = records;
  state.node_name = node;
  state.prefix = node + "-" + epoch + "-";
  state.list_wait = state.after(list_patience, [&state] {
    state.list_is_late = true;
    state.answer_checks();
  });
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  return {
      [&state](const check_number& query) { return state.check(query); },
      [&state](const bar_numbers& command) { return state.bar(command); },
      [&state](const unbar_number& command) { return state.unbar(command); },
      [&state](const list_barred& query) { return state.list(query); },
      [&state](const start_campaign& command) { return state.start(command); },
      [&state](const steer_campaign& command) { return state.steer(command); },
      [&state](const find_campaign& query) { return state.find(query.id, campaign_outcome::done); },
      [&state](const list_campaigns& query) { return state.list(query); },
      [&state](const list_numbers& query) { return state.list(query); },
      [&state](const forget_caller& command) { state.forget(command.number); },
      [&state](const begin_campaigns& command) { state.begin(command); },
      [&state](const store_caught_up&) { state.load(); },
      [](const store_answered& event) { (*event.go_on)(); },
  };
}

}  // namespace

campaigns_actor spawn_campaigns(loop& home, campaign_store& store, const records_actor& records,
                                const std::string& node, const std::string& epoch) {
  return spawn_on<campaigns_actor>(home, campaigns_behavior, &store, records, node, epoch);
}

}  // namespace tandem
