#include "actors/courier.hpp"

#include "actors/delivery_store.hpp"
#include "actors/runtime/http.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/wake_up.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

/// So long after it failed the store is asked again.
constexpr std::chrono::seconds store_pause{5};

struct courier_state;
using courier_pointer = pinned_actor<actor_kind::courier, courier_actor, courier_state>*;

struct courier_state {
  courier_pointer self = nullptr;
  courier_settings settings;
  delivery_store* store = nullptr;
  http_client* http = nullptr;
  metrics* measure = nullptr;
  delivery_queue queue;
  /// By call, of which only one is under way.
  std::map<std::string, std::unique_ptr<http_exchange>, std::less<>> under_way;
  std::optional<wake_up> next_try;
  timer next_load;
  bool is_failing = false;

  static inline const char* name = "courier";

  void post(const post_event& command);
  void load();
  void on_loaded(const deliveries_read& legacy);
  void add(delivery fresh);
  void send_due();
  void send(const delivery& what);
  void on_answer(const delivery& what, const http_answer& answer);
  void note_failure(bool failed, const http_answer& answer);
  void forget(const delivery& what, webhook_outcome how);
  moment now() const { return self->home().now(); }
  wall_time time() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock());
  }
};

void courier_state::post(const post_event& command) {
  delivery fresh{.call_id = command.event.call_id, .n = command.n, .at = command.event.at, .body = {}};
  append_json(fresh.body, command.id, kept_part(command.event, settings.privacy));
  store->write(delivery_change{fresh});
  add(std::move(fresh));
  send_due();
}

void courier_state::load() {
  store->read_deliveries(settings.rules.bound, [to = self->address()](auto found) {
    const auto courier = caf::actor_cast<courier_actor>(to);
    if (!courier) return;
    deliveries_read legacy;
    legacy.complete = found.has_value();
    if (found) legacy.found = std::move(*found);
    caf::anon_send(courier, std::move(legacy));
  });
}

void courier_state::on_loaded(const deliveries_read& legacy) {
  if (!legacy.complete) {
    next_load = self->home().at(now() + store_pause, [this] { self->guard([this] { load(); }); });
    return;
  }
  for (const auto& each : legacy.found) {
    // What has come since the start is known.
    if (each.call_id.starts_with(settings.id_prefix)) continue;
    // What was sealed with another key cannot be read any more.
    if (each.body.empty()) {
      forget(each, webhook_outcome::given_up);
    } else {
      add(each);
    }
  }
  if (queue.size() > 0) spdlog::info("events of an earlier start are posted waiting={}", queue.size());
  send_due();
}

void courier_state::add(delivery fresh) {
  for (const auto& each : queue.add(std::move(fresh), now())) forget(each, webhook_outcome::given_up);
}

void courier_state::send_due() {
  for (const auto& each : queue.due(now())) send(each);
  next_try->by(queue.wake_up());
  measure->webhooks_waiting->Set(static_cast<double>(queue.size()));
}

void courier_state::send(const delivery& what) {
  http_request request{
      .to = peer::events, .url = settings.url, .body = what.body, .timeout = settings.timeout};
  request.headers = {{"Content-Type", "application/json"}};
  if (settings.sign) {
    const auto timestamp =
        std::chrono::duration_cast<std::chrono::seconds>(time().time_since_epoch()).count();
    request.headers.emplace_back(
        "Tandem-Signature", signature_header(timestamp, settings.sign(signed_text(timestamp, what.body))));
  }
  delivery key{.call_id = what.call_id, .n = what.n, .at = what.at, .body = {}};
  under_way[what.call_id] =
      http->send(self->home(), std::move(request), [this, key = std::move(key)](const http_answer& answer) {
        self->guard([&] { on_answer(delivery(key), answer); });
      });
}

void courier_state::on_answer(const delivery& what, const http_answer& answer) {
  under_way.erase(what.call_id);
  const bool is_taken = answer.status / 100 == 2;
  note_failure(!is_taken, answer);
  const auto fate = queue.settle(what.call_id, is_taken, now(), time());
  if (fate == delivery_queue::fate::taken) forget(what, webhook_outcome::delivered);
  if (fate == delivery_queue::fate::given_up) forget(what, webhook_outcome::given_up);
  send_due();
}

void courier_state::note_failure(bool failed, const http_answer& answer) {
  if (failed) measure->webhooks(webhook_outcome::failed).Increment();
  if (std::exchange(is_failing, failed) == failed) return;
  if (failed) {
    spdlog::warn("events cannot be posted status={} error=\"{}\"", answer.status, answer.failure);
  } else {
    spdlog::info("events can be posted again waiting={}", queue.size());
  }
}

/// The delivery needs no room in the store any more.
void courier_state::forget(const delivery& what, webhook_outcome how) {
  measure->webhooks(how).Increment();
  if (how == webhook_outcome::given_up)
    spdlog::error("an event is given up call={} n={} at={}", what.call_id, what.n, to_rfc3339(what.at));
  store->write(delivery_change{{.call_id = what.call_id, .n = what.n, .at = what.at, .body = {}}, false});
}

courier_actor::behavior_type courier(courier_pointer self, const courier_settings& settings,
                                     delivery_store* store, http_client* http, metrics* measure) {
  auto& state = self->state;
  state.self = self;
  state.settings = settings;
  state.store = store;
  state.http = http;
  state.measure = measure;
  state.queue = delivery_queue(settings.rules);
  state.next_try.emplace(self->home(), [self] { self->guard([self] { self->state.send_due(); }); });
  return {
      [&state](const post_event& command) { state.post(command); },
      [&state](const forget_calls& command) {
        for (const auto& each : command.call_ids) state.queue.forget(each);
        state.send_due();
      },
      [&state](const store_caught_up&) { state.load(); },
      [&state](const deliveries_read& legacy) { state.on_loaded(legacy); },
  };
}

}  // namespace

courier_actor spawn_courier(loop& home, const courier_settings& settings, delivery_store& store,
                            http_client& http, metrics& measure) {
  return spawn_on<courier_actor>(home, courier, settings, &store, &http, &measure);
}

}  // namespace tandem
