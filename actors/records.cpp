#include "actors/records.hpp"

#include "actors/call_cache.hpp"
#include "actors/call_store.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/recent_ids.hpp"
#include "protocols/records/row.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// How many calls back it is known that their ends are in the store.
constexpr std::size_t saved_bound = 10000;

struct records_state;
using records_pointer = pinned_actor<actor_kind::records, records_actor, records_state>*;

struct records_state {
  records_pointer self = nullptr;
  call_store* store = nullptr;
  records::price_table prices;
  call_cache cache;
  recent_ids saved{saved_bound};

  static inline const char* name = "records";

  call_record priced(call_record call) const {
    call.cost = records::cost_of(call, prices);
    return call;
  }
  void put(call_record call, std::function<void(bool)> kept = {});
  caf::typed_response_promise<change_kept> keep(const keep_call& command);
  caf::typed_response_promise<change_kept> forget(const forget_caller& command);
  caf::typed_response_promise<call_page> list(const list_calls& query);
  caf::typed_response_promise<call_history> find(const find_call& query);

  /// A callback for the store's threads that delivers an answer on the loop.
  template <class Answer, class Make>
  auto deliver(caf::typed_response_promise<Answer> promise, Make make) {
    return [home = &self->home(), promise, make](auto&& from) mutable {
      home->post([promise = std::move(promise), answer = make(std::forward<decltype(from)>(from))]() mutable {
        promise.deliver(std::move(answer));
      });
    };
  }
};

std::int64_t place_in(std::string_view cursor) {
  std::int64_t place = 0;
  const auto [end, fault] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), place);
  // What is no cursor of ours has nothing behind it.
  return fault == std::errc{} && end == cursor.data() + cursor.size() && place > 0 ? place : 1;
}

bool is_newer(const call_record& one, const call_record& other) {
  return records::place_of(one.started_at, one.id) > records::place_of(other.started_at, other.id);
}

/// The newest calls of both, `limit` of them.
call_page merged(std::vector<call_record> known, std::optional<std::vector<call_record>> stored,
                 std::size_t limit) {
  call_page page;
  page.complete = stored.has_value();
  std::vector<call_record> none;
  auto& others = stored ? *stored : none;
  std::merge(std::make_move_iterator(known.begin()), std::make_move_iterator(known.end()),
             std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()),
             std::back_inserter(page.calls), is_newer);
  if (page.calls.size() <= limit) return page;
  page.calls.resize(limit);
  const auto& last = page.calls.back();
  page.cursor = std::to_string(records::place_of(last.started_at, last.id));
  return page;
}

/// What the store knows of a call that came from another node, up to where this one knows it better.
call_history continued(call_history history, known_call known) {
  if (!known.turns.empty())
    std::erase_if(history.turns,
                  [first = known.turns.front().n](const turn_record& turn) { return turn.n >= first; });
  history.call = {std::move(known.call)};
  history.turns.insert(history.turns.end(), known.turns.begin(), known.turns.end());
  return history;
}

void records_state::put(call_record call, std::function<void(bool)> kept) {
  call = priced(std::move(call));
  cache.put(call);
  store->write(std::move(call), std::move(kept));
}

caf::typed_response_promise<change_kept> records_state::keep(const keep_call& command) {
  auto promise = self->make_response_promise<change_kept>();
  const auto* known = cache.find(command.call.id);
  if (known == nullptr && saved.contains(command.call.id)) {
    promise.deliver(change_kept{true});
    return promise;
  }
  put(known ? known->call : command.call,
      deliver(promise, [](bool durable) { return change_kept{durable}; }));
  return promise;
}

caf::typed_response_promise<change_kept> records_state::forget(const forget_caller& command) {
  auto promise = self->make_response_promise<change_kept>();
  cache.forget_caller(command.number);
  store->write(caller_gone{command.number},
               deliver(promise, [](bool durable) { return change_kept{durable}; }));
  return promise;
}

caf::typed_response_promise<call_page> records_state::list(const list_calls& query) {
  auto promise = self->make_response_promise<call_page>();
  const std::size_t limit = query.limit;
  const auto before = query.cursor.empty() ? 0 : place_in(query.cursor);
  // One more tells whether there is a next page.
  auto known = cache.list(query.state, limit + 1, before);
  store->list({.state = query.state, .limit = limit + 1, .before = before, .skip = cache.ids()},
              deliver(promise, [known = std::move(known), limit](auto&& stored) mutable {
                return merged(std::move(known), std::move(stored), limit);
              }));
  return promise;
}

caf::typed_response_promise<call_history> records_state::find(const find_call& query) {
  auto promise = self->make_response_promise<call_history>();
  const auto* known = cache.find(query.id);
  if (known != nullptr && !known->came_from_elsewhere) {
    promise.deliver(call_history{{known->call}, known->turns});
    return promise;
  }
  store->find(query.id, deliver(promise, [known = known ? std::optional(*known) : std::nullopt](
                                             std::optional<std::vector<stored_call>> found) mutable {
                call_history history;
                history.complete = found.has_value();
                if (found && !found->empty()) {
                  history.call.push_back(std::move(found->front().call));
                  history.turns = std::move(found->front().turns);
                }
                return known ? continued(std::move(history), std::move(*known)) : history;
              }));
  return promise;
}

records_actor::behavior_type records_behavior(records_pointer self, call_store* store,
                                              const records::price_table& prices) {
  auto& state = self->state;
  state.self = self;
  state.store = store;
  state.prices = prices;
  return {
      [&state](const call_changed& event) { state.put(event.call); },
      [&state](const turn_added& event) {
        state.cache.add(event.call_id, event.turn);
        state.store->write(turn_change{event.call_id, event.turn});
      },
      [&state](const event_added& event) { state.store->write(event.event); },
      [&state](const keep_call& command) { return state.keep(command); },
      [&state](const calls_saved& event) {
        for (const auto& id : event.call_ids) {
          state.cache.forget(id);
          state.saved.add(id);
        }
      },
      [&state](const call_moved& event) { state.cache.part_with(event.call_id); },
      [&state](const list_calls& query) { return state.list(query); },
      [&state](const find_call& query) { return state.find(query); },
      [&state](const forget_caller& command) { return state.forget(command); },
  };
}

}  // namespace

records_actor spawn_records(loop& home, call_store& store, const records::price_table& prices) {
  return spawn_on<records_actor>(home, records_behavior, &store, prices);
}

}  // namespace tandem
