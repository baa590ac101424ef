#include "actors/carrier.hpp"

#include "actors/runtime/http.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/telnyx/call_control.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

struct pending_command {
  carrier_command command;
  caf::typed_response_promise<command_outcome> promise;
  unsigned tries = 0;
  std::unique_ptr<http_exchange> exchange;
  timer pause;
};

struct sender;
using carrier_pointer = pinned_actor<actor_kind::carrier, carrier_actor, sender>*;

struct sender {
  carrier_pointer self = nullptr;
  carrier_settings settings;
  carrier_policy policy;
  http_client* http = nullptr;
  std::uint64_t last = 0;
  std::map<std::uint64_t, pending_command> pending;

  static inline const char* name = "carrier";

  void send(std::uint64_t which);
  void on_answer(std::uint64_t which, const http_answer& answer);
  void settle(std::uint64_t which, command_outcome outcome);
};

void sender::send(std::uint64_t which) {
  auto& entry = pending.at(which);
  ++entry.tries;
  http_request request;
  request.to = peer::telnyx;
  request.url = settings.api_url + telnyx::command_path(entry.command.carrier_call_id, entry.command.action);
  request.headers = {{"Authorization", "Bearer " + settings.api_key},
                     {"Content-Type", "application/json"},
                     {"Accept", "application/json"}};
  request.body = entry.command.body;
  request.timeout = policy.timeout;
  entry.exchange = http->send(self->home(), std::move(request), [this, which](const http_answer& answer) {
    self->guard([&] { on_answer(which, answer); });
  });
}

void sender::on_answer(std::uint64_t which, const http_answer& answer) {
  auto& entry = pending.at(which);
  auto answered = telnyx::read_answer(answer.status, answer.body);
  auto meaning = telnyx::meaning_of(entry.command.action, answered);
  if (meaning == telnyx::command_meaning::done) return settle(which, {.accepted = true});
  if (meaning == telnyx::command_meaning::retry && entry.tries < policy.tries) {
    entry.pause = self->home().at(self->home().now() + policy.pause * (1u << (entry.tries - 1)),
                                  [this, which] { self->guard([&] { send(which); }); });
    return;
  }
  settle(which, {false, answered.code, answer.status == 0 ? answer.failure : answered.detail});
}

void sender::settle(std::uint64_t which, command_outcome outcome) {
  auto entry = pending.extract(which);
  entry.mapped().promise.deliver(std::move(outcome));
}

carrier_actor::behavior_type carrier(carrier_pointer self, const carrier_settings& settings,
                                     http_client* http, const carrier_policy& policy) {
  auto& state = self->state;
  state.self = self;
  state.settings = settings;
  state.policy = policy;
  state.http = http;
  return {[&state, self](const carrier_command& command) {
    auto promise = self->template make_response_promise<command_outcome>();
    if (state.pending.size() >= state.policy.bound) {
      promise.deliver(command_outcome{false, "", "too many commands under way"});
      return promise;
    }
    auto which = ++state.last;
    state.pending.emplace(which, pending_command{command, promise, 0, nullptr, {}});
    state.send(which);
    return promise;
  }};
}

}  // namespace

carrier_actor spawn_carrier(loop& home, const carrier_settings& settings, http_client& http,
                            const carrier_policy& policy) {
  return spawn_on<carrier_actor>(home, carrier, settings, &http, policy);
}

}  // namespace tandem
