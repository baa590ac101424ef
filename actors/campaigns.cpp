#include "actors/campaigns.hpp"

#include "actors/campaign_store.hpp"
#include "actors/do_not_call.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/campaigns/campaign.hpp"
#include "protocols/campaigns/numbers.hpp"
#include "protocols/records/row.hpp"
#include "protocols/telnyx/dial.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;
using campaigns::campaign_record;
using campaigns::campaign_state;

/// Open campaigns, and their numbers, that are in memory.
constexpr std::size_t most_open = 200;
constexpr std::size_t most_open_numbers = 200'000;
/// Numbers that are given to the store at once when a campaign begins: few beside what it holds for calls.
constexpr std::size_t numbers_at_once = 500;
/// Calls between their decision and the node's answer; what it refuses is not tried at full concurrency.
constexpr unsigned most_placing = 20;

constexpr auto request_deadline = 10s;
/// Until what failed is tried again.
constexpr auto short_pause = 1s;
constexpr auto store_pause = 5s;
/// So long after the start whoever asks about a number waits for the list.
constexpr auto list_patience = 2s;
/// The time of day may be set, so it is looked at again.
constexpr auto longest_sleep = 60s;

/// A call of a campaign, from its decision to its end.
struct flight {
  std::string campaign_id;
  std::uint32_t n = 0;
  /// Begun by an earlier process.
  bool recovered = false;
  timer again{};
};

/// Several changes for the store, whose keeper wants to know when all are kept.
struct batch {
  std::atomic<std::size_t> left;
  std::atomic<bool> kept = true;
  std::function<void(bool)> done;
};

template <class Answer>
void deliver(caf::typed_response_promise<Answer> promise, Answer answer) {
  promise.deliver(std::move(answer));
}

struct campaigns_state;
using campaigns_pointer = pinned_actor<actor_kind::campaigns, campaigns_actor, campaigns_state>*;

struct campaigns_state {
  campaigns_pointer self = nullptr;
  campaign_store* store = nullptr;
  node_actor node;
  records_actor records;
  std::string node_name;
  std::string prefix;
  std::uint64_t last_call = 0;
  std::uint64_t last_campaign = 0;

  /// Whether memory has what the store has.
  bool loaded = false;
  bool list_is_late = false;
  do_not_call_list barred;
  std::vector<std::pair<std::string, caf::typed_response_promise<number_ruling>>> checks;

  std::map<std::string, campaigns::campaign, std::less<>> open;
  /// Numbers of campaigns that are being written.
  std::size_t coming_numbers = 0;
  std::map<std::string, flight, std::less<>> flights;
  std::unordered_map<caf::actor_addr, std::string> calls;
  std::set<std::string, std::less<>> busy;
  unsigned placing = 0;
  wall_time held_until = wall_time::min();
  timer next_look;
  timer next_load;
  timer list_wait;

  static inline const char* name = "campaigns";

  wall_time now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock());
  }
  timer after(std::chrono::milliseconds wait, std::function<void()> call) {
    return self->home().at(self->home().now() + wait,
                           [this, call = std::move(call)] { self->guard([&] { call(); }); });
  }
  template <class Then>
  auto here(Then then);
  void write_all(std::vector<store_change> changes, std::function<void(bool)> done);
  void write(const campaigns::campaign& of, const campaigns::entry& number) {
    store->write(entry_change{of.about().id, number});
  }

  // What is in the store.
  void load();
  void load_numbers(std::vector<campaign_record> rest);
  void load_again();
  void take_up(campaign_record about, std::vector<campaigns::entry> numbers);
  void on_loaded();

  // The do-not-call list.
  caf::typed_response_promise<number_ruling> check(const check_number& query);
  void answer_checks();
  caf::typed_response_promise<change_kept> bar(const bar_numbers& command);
  caf::typed_response_promise<change_kept> unbar(const unbar_number& command);
  barred_page list(const list_barred& query) const;

  // Campaigns.
  caf::typed_response_promise<campaign_ruling> start(start_campaign command);
  void keep_numbers(std::shared_ptr<campaigns::campaign> fresh, std::size_t from,
                    caf::typed_response_promise<campaign_ruling> promise);
  caf::typed_response_promise<campaign_ruling> steer(const steer_campaign& command);
  caf::typed_response_promise<campaign_ruling> find(const std::string& id, campaign_outcome outcome);
  caf::typed_response_promise<campaign_page> list(const list_campaigns& query);
  caf::typed_response_promise<number_page> list(const list_numbers& query);
  void forget(const std::string& number);
  void close_finished();

  // Calls.
  void look();
  wall_time begin_due();
  void begin(campaigns::campaign& of, std::uint32_t n);
  void on_begun(const std::string& call_id, bool kept);
  void on_placed(const std::string& call_id, const placed_call& answer);
  void take_back(const std::string& call_id);
  void watch(const std::string& call_id);
  void find_end(const std::string& call_id);
  void settle(const std::string& call_id, std::string_view reason);
  campaigns::campaign& campaign_of(const std::string& call_id) {
    return open.find(flights.at(call_id).campaign_id)->second;
  }
};

/// A callback for the store's threads that goes on inside this actor, if it still lives.
template <class Then>
auto campaigns_state::here(Then then) {
  return [to = campaigns_actor(self), then](auto answer) {
    auto kept = std::make_shared<decltype(answer)>(std::move(answer));
    caf::anon_send(to, store_answered{std::make_shared<const std::function<void()>>(
                           [then, kept]() mutable { then(std::move(*kept)); })});
  };
}

void campaigns_state::write_all(std::vector<store_change> changes, std::function<void(bool)> done) {
  auto all = std::make_shared<batch>();
  all->left = changes.size();
  all->done = here(std::move(done));
  for (auto& each : changes) {
    store->write(std::move(each), [all](bool kept) {
      if (!kept) all->kept = false;
      if (--all->left == 0) all->done(all->kept);
    });
  }
}

// ---- what is in the store ----

void campaigns_state::load() {
  store->read_barred(do_not_call_list::bound, here([this](auto numbers) {
                       if (!numbers) return load_again();
                       for (auto& each : *numbers) barred.add(std::move(each));
                       store->read_campaigns({.open = true}, here([this](auto found) {
                                               if (!found) return load_again();
                                               open.clear();
                                               load_numbers(std::move(*found));
                                             }));
                     }));
}

void campaigns_state::load_numbers(std::vector<campaign_record> rest) {
  if (rest.empty()) return on_loaded();
  auto about = std::move(rest.back());
  rest.pop_back();
  const stored_entries all{.campaign_id = about.id, .limit = campaigns::most_numbers};
  store->read_entries(all, here([this, about, rest](auto numbers) {
                        if (!numbers) return load_again();
                        take_up(about, std::move(*numbers));
                        load_numbers(rest);
                      }));
}

void campaigns_state::load_again() {
  next_load = after(store_pause, [this] { load(); });
}

void campaigns_state::take_up(campaign_record about, std::vector<campaigns::entry> numbers) {
  std::vector<campaigns::entry> all;
  for (auto& each : numbers) {
    // A hole is where a record was lost; nobody is called there.
    while (all.size() + 1 < each.n) {
      all.push_back(
          {.n = static_cast<std::uint32_t>(all.size() + 1), .state = campaigns::entry_state::failed});
    }
    all.push_back(std::move(each));
  }
  auto id = about.id;
  about.node = node_name;
  open.try_emplace(std::move(id), std::move(about), std::move(all));
}

void campaigns_state::on_loaded() {
  loaded = true;
  list_wait.cancel();
  answer_checks();
  for (const auto& [id, each] : open) {
    for (const auto& number : each.entries()) {
      if (number.state != campaigns::entry_state::calling) continue;
      flights.emplace(number.call_id, flight{.campaign_id = id, .n = number.n, .recovered = true});
      busy.insert(number.number);
    }
    spdlog::info("campaign goes on id={} state={} pending={} calling={}", id, to_string(each.about().state),
                 each.about().numbers.pending, each.about().numbers.calling);
  }
  std::vector<std::string> interrupted;
  for (const auto& [call_id, each] : flights) interrupted.push_back(call_id);
  for (const auto& call_id : interrupted) find_end(call_id);
  look();
}

// ---- the do-not-call list ----

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
    write_all(std::move(changes), [promise, all](bool kept) { deliver(promise, change_kept{kept && all}); });
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
  write_all({bar_change{{.number = command.number}, false}},
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

// ---- campaigns ----

caf::typed_response_promise<campaign_ruling> campaigns_state::start(start_campaign command) {
  auto promise = self->make_response_promise<campaign_ruling>();
  std::size_t numbers = coming_numbers + command.numbers.size();
  for (const auto& [id, each] : open) numbers += each.entries().size();
  if (!loaded || open.size() >= most_open || numbers > most_open_numbers) {
    deliver(promise, campaign_ruling{loaded ? campaign_outcome::too_many : campaign_outcome::store_away, {}});
    return promise;
  }
  campaign_record about;
  about.id = prefix + "campaign-" + std::to_string(++last_campaign);
  about.node = node_name;
  about.created_at = now();
  about.how = std::move(command.how);
  about.duplicates = command.duplicates;
  coming_numbers += command.numbers.size();
  keep_numbers(std::make_shared<campaigns::campaign>(std::move(about), std::move(command.numbers)), 0,
               promise);
  return promise;
}

/// Keeps a campaign's numbers, and at last the campaign, before which there is none.
void campaigns_state::keep_numbers(std::shared_ptr<campaigns::campaign> fresh, std::size_t from,
                                   caf::typed_response_promise<campaign_ruling> promise) {
  const auto& numbers = fresh->entries();
  const auto& about = fresh->about();
  const auto to = std::min(from + numbers_at_once, numbers.size());
  std::vector<store_change> changes;
  for (auto n = from; n < to; ++n) changes.push_back(entry_change{about.id, numbers[n]});
  const bool whole = changes.empty();
  if (whole) changes.push_back(about);
  write_all(std::move(changes), [this, fresh, to, whole, promise](bool kept) {
    if (kept && !whole) return keep_numbers(fresh, to, promise);
    coming_numbers -= fresh->entries().size();
    if (!kept) return deliver(promise, campaign_ruling{campaign_outcome::store_away, {}});
    spdlog::info("campaign started id={} numbers={}", fresh->about().id, fresh->entries().size());
    deliver(promise, campaign_ruling{campaign_outcome::done, fresh->about()});
    auto id = fresh->about().id;
    open.try_emplace(std::move(id), std::move(*fresh));
    look();
  });
}

caf::typed_response_promise<campaign_ruling> campaigns_state::steer(const steer_campaign& command) {
  const auto known = open.find(command.id);
  if (known == open.end()) return find(command.id, campaign_outcome::wrong_state);
  auto promise = self->make_response_promise<campaign_ruling>();
  auto& wanted = known->second;
  const bool done = command.wish == campaign_wish::pause    ? wanted.pause()
                    : command.wish == campaign_wish::resume ? wanted.resume()
                                                            : wanted.stop(now());
  if (!done) {
    deliver(promise, campaign_ruling{campaign_outcome::wrong_state, wanted.about()});
    return promise;
  }
  spdlog::info("campaign changes id={} state={}", command.id, to_string(wanted.about().state));
  write_all({wanted.about()}, [promise, about = wanted.about()](bool kept) {
    deliver(promise, campaign_ruling{kept ? campaign_outcome::done : campaign_outcome::store_away, about});
  });
  look();
  return promise;
}

/// Answers with a campaign, and with `outcome` when it is one of the store's.
caf::typed_response_promise<campaign_ruling> campaigns_state::find(const std::string& id,
                                                                   campaign_outcome outcome) {
  auto promise = self->make_response_promise<campaign_ruling>();
  if (const auto known = open.find(id); known != open.end()) {
    deliver(promise, campaign_ruling{campaign_outcome::done, known->second.about()});
    return promise;
  }
  store->read_campaigns({.id = id}, here([promise, outcome](auto found) {
                          if (!found) return deliver(promise, campaign_ruling{});
                          if (found->empty())
                            return deliver(promise, campaign_ruling{campaign_outcome::unknown, {}});
                          deliver(promise, campaign_ruling{outcome, found->front()});
                        }));
  return promise;
}

std::int64_t place_of(const campaign_record& campaign) {
  return records::place_of(campaign.created_at, campaign.id);
}

caf::typed_response_promise<campaign_page> campaigns_state::list(const list_campaigns& query) {
  auto promise = self->make_response_promise<campaign_page>();
  std::int64_t before = 0;
  if (!query.cursor.empty()) {
    std::from_chars(query.cursor.data(), query.cursor.data() + query.cursor.size(), before);
    // What is no cursor of ours has nothing behind it.
    before = std::max<std::int64_t>(before, 1);
  }
  const std::size_t limit = query.limit;
  store->read_campaigns(
      {.limit = limit + 1, .before = before}, here([this, promise, limit, before](auto stored) {
        campaign_page page;
        page.complete = stored.has_value();
        for (const auto& [id, each] : open) {
          if (before == 0 || place_of(each.about()) < before) page.found.push_back(each.about());
        }
        if (stored) {
          std::ranges::copy_if(*stored, std::back_inserter(page.found),
                               [&](const auto& each) { return !open.contains(each.id); });
        }
        std::ranges::sort(page.found, std::greater(), [](const auto& each) { return place_of(each); });
        if (page.found.size() > limit) {
          page.found.resize(limit);
          page.cursor = std::to_string(place_of(page.found.back()));
        }
        deliver(promise, std::move(page));
      }));
  return promise;
}

caf::typed_response_promise<number_page> campaigns_state::list(const list_numbers& query) {
  auto promise = self->make_response_promise<number_page>();
  const auto answer = [promise, limit = query.limit](std::vector<campaigns::entry> numbers) {
    number_page page{.outcome = campaign_outcome::done, .numbers = std::move(numbers)};
    if (page.numbers.size() > limit) {
      page.numbers.resize(limit);
      page.cursor = page.numbers.back().n;
    }
    deliver(promise, std::move(page));
  };
  if (const auto known = open.find(query.campaign_id); known != open.end()) {
    std::vector<campaigns::entry> numbers;
    for (const auto& each : known->second.entries()) {
      if (numbers.size() > query.limit) break;
      if (each.n > query.after && (query.state.empty() || to_string(each.state) == query.state))
        numbers.push_back(each);
    }
    answer(std::move(numbers));
    return promise;
  }
  store->read_campaigns({.id = query.campaign_id}, here([this, promise, query, answer](auto found) {
                          if (!found) return deliver(promise, number_page{});
                          if (found->empty())
                            return deliver(promise, number_page{.outcome = campaign_outcome::unknown});
                          store->read_entries({.campaign_id = query.campaign_id,
                                               .state = query.state,
                                               .limit = query.limit + std::size_t{1},
                                               .after = query.after},
                                              here([promise, answer](auto numbers) {
                                                if (!numbers) return deliver(promise, number_page{});
                                                answer(std::move(*numbers));
                                              }));
                        }));
  return promise;
}

void campaigns_state::forget(const std::string& number) {
  for (auto& [id, each] : open) {
    for (const auto n : each.forget(number)) write(each, each.at(n));
  }
  look();
}

/// What is over for good leaves memory once the store has it.
void campaigns_state::close_finished() {
  for (auto& [id, each] : open) {
    if (!each.tidy(now())) continue;
    const auto& numbers = each.about().numbers;
    spdlog::info("campaign ended id={} state={} done={} failed={} do_not_call={} pending={}", id,
                 to_string(each.about().state), numbers.done, numbers.failed, numbers.do_not_call,
                 numbers.pending);
    write_all({each.about()}, [this, id = id](bool kept) {
      if (kept) open.erase(id);
    });
  }
}

// ---- calls ----

/// Begins what is due, and comes back when there is more.
void campaigns_state::look() {
  if (!loaded || !node) return;
  const auto again_at = begin_due();
  close_finished();
  if (again_at == wall_time::max()) return next_look.cancel();
  const auto wait = std::clamp<std::chrono::milliseconds>(again_at - now(), 1ms, longest_sleep);
  next_look = after(wait, [this] { look(); });
}

/// One call of each campaign after the other; when to look again.
wall_time campaigns_state::begin_due() {
  const auto is_busy = [this](const std::string& number) { return busy.contains(number); };
  wall_time again_at = wall_time::max();
  for (bool any = true; any;) {
    any = false;
    again_at = wall_time::max();
    for (auto& [id, each] : open) {
      if (placing >= most_placing) return wall_time::max();
      if (now() < held_until) return held_until;
      const auto found = each.look(now(), is_busy);
      again_at = std::min(again_at, found.again_at);
      if (!found.next) continue;
      begin(each, *found.next);
      any = true;
    }
  }
  return again_at;
}

/// That a call begins is in the store before anybody is called.
void campaigns_state::begin(campaigns::campaign& of, std::uint32_t n) {
  if (barred.contains(of.at(n).number)) return write(of, of.exclude(n));
  const auto call_id = prefix + "c" + std::to_string(++last_call);
  const auto& number = of.begin(n, call_id, now());
  flights.emplace(call_id, flight{.campaign_id = of.about().id, .n = n});
  busy.insert(number.number);
  ++placing;
  write_all({entry_change{of.about().id, number}}, [this, call_id](bool kept) { on_begun(call_id, kept); });
}

void campaigns_state::on_begun(const std::string& call_id, bool kept) {
  auto& of = campaign_of(call_id);
  const auto& number = of.at(flights.at(call_id).n);
  if (!kept) held_until = now() + store_pause;
  // Since then somebody may have put the number on the list, or stopped it all.
  const bool barred_since = barred.contains(number.number);
  if (!kept || barred_since || of.about().state != campaign_state::running) return take_back(call_id);
  place_call command{of.about().how.call, call_id};
  command.order.to = number.number;
  auto& metadata = command.order.metadata;
  for (const auto& own : number.metadata) {
    std::erase_if(metadata, [&](const auto& each) { return each.first == own.first; });
    metadata.push_back(own);
  }
  metadata.emplace_back("campaign", of.about().id);
  self->request(node, request_deadline, std::move(command))
      .then([this, call_id](const placed_call& answer) { on_placed(call_id, answer); },
            [this, call_id](const caf::error&) {
              // It may be placed all the same.
              --placing;
              watch(call_id);
              look();
            });
}

void campaigns_state::on_placed(const std::string& call_id, const placed_call& answer) {
  if (answer.fault.empty() && answer.why == refusal::none) {
    --placing;
    watch(call_id);
    return look();
  }
  auto& of = campaign_of(call_id);
  if (answer.fault.empty()) {
    const std::chrono::seconds wait(answer.why == refusal::rate ? 1U : answer.retry_after_seconds);
    held_until = now() + std::max<std::chrono::milliseconds>(wait, short_pause);
  } else if (of.pause(answer.fault)) {
    spdlog::error("campaign pauses id={} why=\"{}\"", of.about().id, answer.fault);
    store->write(of.about());
  }
  take_back(call_id);
}

/// The call was not placed.
void campaigns_state::take_back(const std::string& call_id) {
  auto& of = campaign_of(call_id);
  const auto& number = of.put_back(flights.at(call_id).n);
  busy.erase(number.number);
  write(of, number);
  flights.erase(call_id);
  --placing;
  look();
}

void campaigns_state::watch(const std::string& call_id) {
  self->request(node, request_deadline, find_owner{call_id})
      .then(
          [this, call_id](const call_owner& owner) {
            if (!owner.call) return find_end(call_id);
            calls.emplace(owner.call.address(), call_id);
            self->monitor(owner.call);
          },
          [this, call_id](const caf::error&) {
            flights.at(call_id).again = after(short_pause, [this, call_id] { watch(call_id); });
          });
}

/// How a call ended that is over.
void campaigns_state::find_end(const std::string& call_id) {
  const auto ask_again = [this, call_id] {
    flights.at(call_id).again = after(short_pause, [this, call_id] { find_end(call_id); });
  };
  self->request(records, request_deadline, find_call{call_id})
      .then(
          [this, call_id, ask_again](const call_history& history) {
            if (!history.complete && history.call.empty()) return ask_again();
            const bool known = !history.call.empty() && history.call.front().state == call_state::ended;
            const std::string reason(known ? std::string_view(history.call.front().end_reason)
                                           : end_reason::internal_error);
            // Of a call that died with its process the store knows no more than that.
            const bool lost = flights.at(call_id).recovered && reason == end_reason::internal_error;
            settle(call_id, lost ? campaigns::interrupted : std::string_view(reason));
          },
          [ask_again](const caf::error&) { ask_again(); });
}

void campaigns_state::settle(const std::string& call_id, std::string_view reason) {
  auto& of = campaign_of(call_id);
  const auto& number = of.settle(flights.at(call_id).n, reason, now());
  busy.erase(number.number);
  write(of, number);
  flights.erase(call_id);
  look();
}

campaigns_actor::behavior_type campaigns_behavior(campaigns_pointer self, campaign_store* store,
                                                  const records_actor& records, const std::string& node,
                                                  const std::string& epoch) {
  auto& state = self->state;
  state.self = self;
  state.store = store;
  state.records = records;
  state.node_name = node;
  state.prefix = node + "-" + epoch + "-";
  state.list_wait = state.after(list_patience, [&state] {
    state.list_is_late = true;
    state.answer_checks();
  });
  self->set_down_handler([&state](const caf::down_msg& down) {
    const auto known = state.calls.find(caf::actor_cast<caf::actor_addr>(down.source));
    if (known == state.calls.end()) return;
    const auto call_id = std::move(known->second);
    state.calls.erase(known);
    state.find_end(call_id);
  });
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
      [&state](const begin_campaigns& command) {
        state.node = command.node;
        state.look();
      },
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
