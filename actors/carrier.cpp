#include "actors/carrier.hpp"

#include "actors/runtime/http.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_events.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// One request to the carrier's API, until it is settled.
struct errand {
  std::string action;
  std::string method = "POST";
  std::string path;
  std::string body;
  /// Told the last answer, once.
  std::function<void(telnyx::command_meaning, const http_answer&)> done;
  moment deadline{};
  unsigned tries = 0;
  std::unique_ptr<http_exchange> exchange{};
  timer pause{};

  bool is_reject() const { return action == "reject"; }
};

struct sender;
using carrier_pointer = pinned_actor<actor_kind::carrier, carrier_actor, sender>*;

struct sender {
  carrier_pointer self = nullptr;
  carrier_settings settings;
  carrier_policy policy;
  http_client* http = nullptr;
  std::uint64_t last = 0;
  std::map<std::uint64_t, errand> errands;
  /// In the order in which they are to be sent; rejects when nothing else is.
  std::deque<std::uint64_t> waiting;
  std::deque<std::uint64_t> waiting_rejects;
  std::size_t rejects = 0;
  std::size_t under_way = 0;
  /// Nothing is sent before, because the carrier said so.
  moment held_until{};
  timer hold;

  static inline const char* name = "carrier";

  bool has_room(std::string_view action) const {
    return errands.size() < policy.bound && (action != "reject" || rejects < policy.rejects);
  }
  void add(errand fresh);
  void queue(std::uint64_t which);
  void send_waiting();
  void send(std::uint64_t which);
  void on_answer(std::uint64_t which, const http_answer& answer);
  void obey_limits(const http_answer& answer);
  void settle(std::uint64_t which, telnyx::command_meaning meaning, const http_answer& answer);
  moment now() const { return self->home().now(); }
};

std::optional<std::chrono::seconds> seconds_in(const http_answer& answer, std::string_view name) {
  const auto text = header(answer, name);
  unsigned number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(number);
}

void sender::add(errand fresh) {
  fresh.deadline = now() + policy.deadline;
  const auto which = ++last;
  if (fresh.is_reject()) ++rejects;
  errands.emplace(which, std::move(fresh));
  queue(which);
  send_waiting();
}

void sender::queue(std::uint64_t which) {
  (errands.at(which).is_reject() ? waiting_rejects : waiting).push_back(which);
}

void sender::send_waiting() {
  while (under_way < policy.at_once) {
    auto& line = waiting.empty() ? waiting_rejects : waiting;
    if (line.empty()) return;
    const auto which = line.front();
    const bool late = now() >= errands.at(which).deadline;
    if (!late && now() < held_until) {
      hold = self->home().at(held_until, [this] { self->guard([this] { send_waiting(); }); });
      return;
    }
    line.pop_front();
    if (!late) {
      send(which);
    } else {
      settle(which, telnyx::command_meaning::terminal, {.failure = "the carrier's rate limit was reached"});
    }
  }
}

void sender::send(std::uint64_t which) {
  auto& entry = errands.at(which);
  ++entry.tries;
  ++under_way;
  http_request request;
  request.to = peer::telnyx;
  request.method = entry.method;
  request.url = settings.api_url + entry.path;
  request.headers = {{"Authorization", "Bearer " + settings.api_key},
                     {"Content-Type", "application/json"},
                     {"Accept", "application/json"}};
  request.body = entry.body;
  request.timeout = policy.timeout;
  entry.exchange = http->send(self->home(), std::move(request), [this, which](const http_answer& answer) {
    self->guard([&] { on_answer(which, answer); });
  });
}

void sender::on_answer(std::uint64_t which, const http_answer& answer) {
  auto& entry = errands.at(which);
  --under_way;
  obey_limits(answer);
  const auto meaning = telnyx::meaning_of(entry.action, telnyx::read_answer(answer.status, answer.body));
  const bool held = answer.status == 429;
  // Being told to wait is no failure: the deadline bounds it.
  if (held) --entry.tries;
  if (meaning != telnyx::command_meaning::retry || entry.tries >= policy.tries) {
    settle(which, meaning, answer);
  } else if (held) {
    queue(which);
  } else {
    entry.pause = self->home().at(now() + policy.pause * (1u << (entry.tries - 1)), [this, which] {
      self->guard([&] {
        queue(which);
        send_waiting();
      });
    });
  }
  send_waiting();
}

/// Telnyx tells with each answer how many more it takes, and when it takes more again.
void sender::obey_limits(const http_answer& answer) {
  const bool refused = answer.status == 429;
  if (!refused && seconds_in(answer, "x-ratelimit-remaining") != 0s) return;
  const auto told = seconds_in(answer, "x-ratelimit-reset");
  const auto wait = told ? told : seconds_in(answer, "retry-after");
  if (!refused && !wait) return;
  const std::chrono::milliseconds least = 1s;
  held_until =
      std::max(held_until, now() + std::clamp<std::chrono::milliseconds>(
                                       wait.value_or(1s), refused ? least : 0ms, policy.longest_hold));
  spdlog::debug("carrier's rate limit is reached wait_ms={} waiting={}",
                std::chrono::duration_cast<std::chrono::milliseconds>(held_until - now()).count(),
                waiting.size() + waiting_rejects.size());
}

void sender::settle(std::uint64_t which, telnyx::command_meaning meaning, const http_answer& answer) {
  auto entry = errands.extract(which);
  if (entry.mapped().is_reject()) --rejects;
  entry.mapped().done(meaning, answer);
}

/// What became of a command, from the last answer to it.
command_outcome outcome_of(const std::string& action, telnyx::command_meaning meaning,
                           const http_answer& answer) {
  auto said = telnyx::read_answer(answer.status, answer.body);
  const bool done = meaning == telnyx::command_meaning::done;
  command_outcome outcome{done, said.code, answer.status == 0 ? answer.failure : said.detail};
  if (!done || (action != "dial" && action != "status")) return outcome;
  if (action == "status" && answer.status / 100 != 2) return outcome;
  auto leg = telnyx::read_leg(answer.body);
  if (!leg) return {false, "", "the answer names no leg"};
  outcome.carrier_call_id = leg->call_control_id;
  outcome.is_alive = leg->is_alive;
  outcome.is_unclaimed = leg->is_unclaimed;
  return outcome;
}

errand errand_of(const carrier_command& command) {
  errand fresh{.action = command.action, .body = command.body};
  if (command.action == "dial") {
    fresh.path = "/calls";
  } else if (command.action == "status") {
    fresh.method = "GET";
    fresh.path = telnyx::leg_path(command.carrier_call_id);
  } else {
    if (command.action == "client_state_update") fresh.method = "PUT";
    fresh.path = telnyx::command_path(command.carrier_call_id, command.action);
  }
  return fresh;
}

leg_page page_of(telnyx::command_meaning meaning, const http_answer& answer) {
  leg_page page;
  if (meaning != telnyx::command_meaning::done) return page;
  auto read = telnyx::read_active_calls(answer.body);
  if (!read) return page;
  page.complete = true;
  page.after = read->after;
  for (auto& each : read->legs) {
    if (!each.is_alive) continue;
    page.legs.push_back({each.call_control_id, each.client_state, each.call_leg_id, each.is_unclaimed});
  }
  return page;
}

leg_trace trace_of(telnyx::command_meaning meaning, const http_answer& answer, std::string_view leg_id) {
  if (meaning != telnyx::command_meaning::done) return {};
  auto read = telnyx::read_leg_events(answer.body, leg_id);
  if (!read) return {};
  return {read->direction, read->from, read->to, read->is_handled};
}

carrier_actor::behavior_type carrier(carrier_pointer self, const carrier_settings& settings,
                                     http_client* http, const carrier_policy& policy) {
  auto& state = self->state;
  state.self = self;
  state.settings = settings;
  state.policy = policy;
  state.http = http;
  return {
      [&state, self](const carrier_command& command) {
        auto promise = self->template make_response_promise<command_outcome>();
        if (!state.has_room(command.action)) {
          promise.deliver(command_outcome{false, "", "too many commands under way"});
          return promise;
        }
        auto fresh = errand_of(command);
        fresh.done = [promise, action = command.action](telnyx::command_meaning meaning,
                                                        const http_answer& answer) mutable {
          promise.deliver(outcome_of(action, meaning, answer));
        };
        state.add(std::move(fresh));
        return promise;
      },
      [&state, self](const list_legs& query) {
        auto promise = self->template make_response_promise<leg_page>();
        if (!state.has_room("list")) {
          promise.deliver(leg_page{});
          return promise;
        }
        state.add({.action = "list",
                   .method = "GET",
                   .path = telnyx::active_calls_path(state.settings.connection_id, query.after),
                   .done = [promise](telnyx::command_meaning meaning, const http_answer& answer) mutable {
                     promise.deliver(page_of(meaning, answer));
                   }});
        return promise;
      },
      [&state, self](const trace_leg& query) {
        auto promise = self->template make_response_promise<leg_trace>();
        if (!state.has_room("events")) {
          promise.deliver(leg_trace{});
          return promise;
        }
        state.add({.action = "events",
                   .method = "GET",
                   .path = telnyx::leg_events_path(query.leg_id),
                   .done = [promise, leg_id = query.leg_id](telnyx::command_meaning meaning,
                                                            const http_answer& answer) mutable {
                     promise.deliver(trace_of(meaning, answer, leg_id));
                   }});
        return promise;
      },
  };
}

}  // namespace

carrier_actor spawn_carrier(loop& home, const carrier_settings& settings, http_client& http,
                            const carrier_policy& policy) {
  return spawn_on<carrier_actor>(home, carrier, settings, &http, policy);
}

}  // namespace tandem
