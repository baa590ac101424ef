#include "actors/node.hpp"

#include "actors/admission.hpp"
#include "actors/agents/agent_overrides.hpp"
#include "actors/call.hpp"
#include "actors/call_books.hpp"
#include "actors/leg_keeper.hpp"
#include "actors/leg_search.hpp"
#include "actors/media/speech_spares.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/recent_ids.hpp"
#include "actors/stray_stream.hpp"
#include "protocols/mask.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "protocols/telnyx/webhook.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

// Enough for every webhook that Telnyx may still repeat and every call that may still get a late one.
constexpr std::size_t remembered_webhooks = 20000;
constexpr std::size_t remembered_calls = 20000;
/// Streams beyond the limits that may be saying at once whose they are; each is here for seconds at most.
constexpr std::size_t most_strays = 16;

/// Covers every retry of a command by the carrier actor.
constexpr auto command_deadline = std::chrono::seconds(15);

struct owned_call {
  // Given back when the supervisor is gone, however it went.
  admission::place place;
  call_actor handle;
  std::uint32_t loop = 0;
  std::string carrier_call_id;
  bool controlled = false;
  bool misses_stream = false;
  /// Whether nothing of its leg is left to be hung up.
  bool settled = false;
};

struct directory;
using node_pointer = pinned_actor<actor_kind::node, node_actor, directory>*;

struct directory : leg_searcher {
  directory() = default;
  /// A node that threw leaves no call behind that nobody owns.
  ~directory() override;

  node_pointer self = nullptr;
  std::vector<loop*> loops;
  std::vector<std::uint32_t> calls_per_loop;
  std::shared_ptr<admission> door;
  std::shared_ptr<const call_settings> settings;
  services shared;
  std::uint64_t last_call = 0;
  std::vector<caf::typed_response_promise<node_description>> awaiting_drain;

  std::map<std::string, owned_call, std::less<>> calls;
  std::unordered_map<caf::actor_addr, std::string> ids;
  std::unordered_map<std::string, std::string> by_carrier_id;
  std::map<caf::actor_addr, stream_taker> strays;
  recent_ids seen_webhooks{remembered_webhooks};
  recent_ids ended_calls{remembered_calls};
  recent_ids ended_legs{remembered_calls};
  leg_keeper keeper{*this};
  leg_search search{*this};

  static inline const char* name = "node";

  std::uint32_t calmest_loop() const;
  void make_room();
  owned_call& start(admission::place place, call_origin origin, std::uint32_t where,
                    const std::shared_ptr<const call_settings>& with);
  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override;
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override;
  placed_call place(const place_call& command);
  std::string new_id();
  call_owner owner_of(const telnyx::webhook& event);
  void on_webhook_without_call(const telnyx::webhook& event);
  void ask(list_legs query, std::function<void(const leg_page&)> done) override;
  void ask(trace_leg query, std::function<void(const leg_trace&)> done) override;
  bool knows(std::string_view carrier_call_id) const override;
  void found(const known_leg& leg) override;
  bool take(const found_caller& who) override;
  void on_webhook(const webhook_received& message);
  void on_initiated(const telnyx::webhook& event);
  void reject(const std::string& carrier_call_id, std::string_view cause);
  stream_ruling rule(const open_stream& request);
  bool may_be_back() const;
  stream_taker ask_whose(std::uint32_t where, refusal why);
  call_owner identify(const identify_call& event);
  call_owner owner_of(std::string_view id) const;
  void on_down(const caf::down_msg& down);
  moment now() const override;
  node_description describe() const {
    return {static_cast<std::uint32_t>(calls.size()), door->limits().max_calls, door->outlook(now())};
  }
};

directory::~directory() {
  const end_call wish{std::string(end_reason::internal_error)};
  for (const auto& [id, call] : calls) caf::anon_send(call.handle, wish);
  for (const auto& [address, stray] : strays) caf::anon_send(stray, wish);
}

moment directory::now() const { return self->home().now(); }

std::uint32_t directory::calmest_loop() const {
  auto calmest = std::min_element(calls_per_loop.begin(), calls_per_loop.end());
  return static_cast<std::uint32_t>(calmest - calls_per_loop.begin());
}

std::string directory::new_id() {
  return shared.node + "-" + shared.epoch + "-" + std::to_string(++last_call);
}

void directory::send_command(carrier_command command, std::function<void(const command_outcome&)> done) {
  self->request(shared.carrier, command_deadline, std::move(command))
      .then(done, [done](const caf::error& failure) {
        done(command_outcome{false, "", caf::to_string(failure)});
      });
}

timer directory::after(std::chrono::nanoseconds wait, std::function<void()> call) {
  return self->home().at(now() + wait, [this, call = std::move(call)] { self->guard([&] { call(); }); });
}

owned_call& directory::start(admission::place place, call_origin origin, std::uint32_t where,
                             const std::shared_ptr<const call_settings>& with) {
  if (origin.id.empty()) origin.id = new_id();
  auto handle = spawn_call(*loops[where], origin, with, shared, self);
  self->monitor(handle);
  ids.emplace(handle.address(), origin.id);
  ++calls_per_loop[where];
  if (!origin.carrier_call_id.empty()) by_carrier_id[origin.carrier_call_id] = origin.id;
  make_room();
  auto [entry, is_new] = calls.emplace(origin.id, owned_call{std::move(place), std::move(handle), where,
                                                             origin.carrier_call_id, origin.controlled});
  return entry->second;
}

/// Calls come before what waits for calls.
void directory::make_room() {
  if (shared.spares != nullptr && door->has_too_many_spares()) shared.spares->make_room();
}

void directory::on_webhook(const webhook_received& message) {
  const auto& event = *message.event;
  if (!seen_webhooks.add(event.id)) return;
  if (event.type == telnyx::webhook_type::call_initiated) return on_initiated(event);
  if (event.type == telnyx::webhook_type::call_hangup) {
    // A call that hung up before its `call.initiated` came is over all the same.
    ended_calls.add(event.call_control_id);
    ended_legs.add(event.call_control_id);
    keeper.ended(event.call_control_id);
  }
  if (auto owner = owner_of(event); owner.call) return self->send(owner.call, message);
  on_webhook_without_call(event);
}

/// The call a webhook belongs to: by its leg, or by the label that we gave the leg.
call_owner directory::owner_of(const telnyx::webhook& event) {
  if (auto owner = owner_of(event.call_control_id); owner.call) return owner;
  const auto label = telnyx::read_leg_label(event.client_state);
  return label ? owner_of(label->call_id) : call_owner{};
}

/// A webhook without a call. When it shows that a leg of a call of ours lives on, the leg is looked after;
/// legs without our label are never touched.
void directory::on_webhook_without_call(const telnyx::webhook& event) {
  using enum telnyx::webhook_type;
  const bool lives = event.type == call_answered || event.type == streaming_started ||
                     event.type == streaming_failed || event.type == call_dtmf_received ||
                     event.type == call_machine_detection_ended ||
                     event.type == call_machine_premium_detection_ended;
  const auto label = telnyx::read_leg_label(event.client_state);
  if (!lives || !label || label->role != telnyx::leg_role::conversation || label->node != shared.node) return;
  if (ended_legs.contains(event.call_control_id)) return;
  keeper.watch(event.call_control_id, label->call_id);
}

void directory::on_initiated(const telnyx::webhook& event) {
  if (event.call_control_id.empty()) return;
  // It fires for legs that we dial or transfer as well; those are not callers.
  if (event.direction != "incoming" || telnyx::read_leg_label(event.client_state)) return;
  if (by_carrier_id.contains(event.call_control_id) || ended_calls.contains(event.call_control_id)) return;
  auto place = door->admit(now());
  if (!place) return reject(event.call_control_id, event.id);
  start(std::move(*place),
        {.carrier_call_id = event.call_control_id, .from = event.from, .to = event.to, .controlled = true},
        calmest_loop(), settings);
}

placed_call directory::place(const place_call& command) {
  const auto& order = command.order;
  placed_call answer;
  const auto wrong = [&](std::string_view what) {
    answer.fault = what;
    return answer;
  };
  if (settings->carrier.connection_id.empty()) return wrong("telnyx.connection_id is not set");
  if (auto what = fault_of(order); !what.empty()) return wrong(what);
  auto with = with_overrides(settings, order.agent);
  if (!with) return wrong(with.error());
  auto place = door->admit(now());
  if (!place) {
    answer.why = place.error();
    answer.retry_after_seconds = door->limits().retry_after_seconds;
    return answer;
  }
  const call_origin origin{.id = command.id.empty() ? new_id() : command.id,
                           .direction = call_direction::outgoing,
                           .from = order.from,
                           .to = order.to,
                           .controlled = true,
                           .metadata = order.metadata,
                           .machine_detection = order.machine_detection,
                           .ends_at_machine = order.ends_at_machine,
                           .ring_seconds = order.ring_seconds};
  answer.call =
      first_record(origin, **with, shared.node,
                   std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock()));
  start(std::move(*place), origin, calmest_loop(), *with);
  return answer;
}

/// Turns a caller away; `cause` makes the command one that may be sent again.
void directory::reject(const std::string& carrier_call_id, std::string_view cause) {
  ended_calls.add(carrier_call_id);
  send_command(
      {carrier_call_id, "reject", telnyx::reject_body("USER_BUSY", std::string(cause).append(".reject"))},
      [](const command_outcome&) {});
}

stream_ruling directory::rule(const open_stream& request) {
  // Audio leaves in real time, so that only a carrier that does not read ever fills this.
  const std::uint64_t write_bound = settings->limits.buffer_bytes / 8;
  if (!request.call_id.empty()) {
    auto known = calls.find(request.call_id);
    if (known == calls.end()) return {.unknown_call = true};
    return {.taker = known->second.handle,
            .loop = request.can_move ? known->second.loop : request.loop,
            .write_bound = write_bound};
  }
  if (const auto why = door->outlook(now()); why != refusal::none && may_be_back()) {
    return {.taker = ask_whose(request.loop, why), .loop = request.loop, .write_bound = write_bound};
  }
  auto place = door->admit(now());
  if (!place) return {.why = place.error(), .retry_after_seconds = door->limits().retry_after_seconds};
  auto where = request.can_move ? calmest_loop() : request.loop;
  return {.taker = start(std::move(*place), {}, where, settings).handle,
          .loop = where,
          .write_bound = write_bound};
}

/// Whether a stream on the fixed token, of which only its `start` will say whose it is, may belong to a call
/// that is here.
bool directory::may_be_back() const {
  return strays.size() < most_strays &&
         std::any_of(calls.begin(), calls.end(), [](const auto& each) { return each.second.misses_stream; });
}

stream_taker directory::ask_whose(std::uint32_t where, refusal why) {
  auto stray = spawn_stray_stream(*loops[where], self, why, *shared.measure);
  self->monitor(stray);
  strays.emplace(stray.address(), stray);
  return stray;
}

call_owner directory::identify(const identify_call& event) {
  if (ended_calls.contains(event.carrier_call_id)) return {};
  if (auto former = owner_of(event.carrier_call_id); former.call && former.call_id != event.call_id)
    return former;
  by_carrier_id[event.carrier_call_id] = event.call_id;
  if (auto known = calls.find(event.call_id); known != calls.end()) {
    auto& name = known->second.carrier_call_id;
    if (name != event.carrier_call_id) by_carrier_id.erase(std::exchange(name, event.carrier_call_id));
  }
  return owner_of(event.call_id);
}

call_owner directory::owner_of(std::string_view id) const {
  auto known = calls.find(id);
  if (known == calls.end()) {
    auto named = by_carrier_id.find(std::string(id));
    if (named != by_carrier_id.end()) known = calls.find(named->second);
  }
  if (known == calls.end()) return {};
  return {shared.node, known->first, known->second.handle};
}

void directory::on_down(const caf::down_msg& down) {
  if (strays.erase(down.source) != 0) return;
  auto named = ids.find(caf::actor_cast<caf::actor_addr>(down.source));
  if (named == ids.end()) return;
  auto id = std::move(named->second);
  ids.erase(named);
  auto gone = calls.extract(id);
  auto& call = gone.mapped();
  --calls_per_loop[call.loop];
  auto owner = by_carrier_id.find(call.carrier_call_id);
  if (owner != by_carrier_id.end() && owner->second == id) by_carrier_id.erase(owner);
  if (call.controlled) ended_calls.add(call.carrier_call_id);
  const bool failed = down.reason && down.reason != caf::exit_reason::normal;
  // What is told of it late, under the label it had, is no sign of life.
  if (call.controlled && call.settled) ended_legs.add(call.carrier_call_id);
  if (call.controlled && !ended_legs.contains(call.carrier_call_id))
    keeper.watch(call.carrier_call_id, id, failed);
  if (failed) {
    shared.measure->actor_failures(actor_kind::call).Increment();
    spdlog::error("a call's supervisor failed call={} error={}", id, caf::to_string(down.reason));
  }
  if (!door->draining() || !calls.empty()) return;
  for (auto& promise : std::exchange(awaiting_drain, {})) promise.deliver(describe());
}

void directory::ask(list_legs query, std::function<void(const leg_page&)> done) {
  self->request(shared.carrier, command_deadline, std::move(query)).then(done, [done](const caf::error&) {
    done(leg_page{});
  });
}

void directory::ask(trace_leg query, std::function<void(const leg_trace&)> done) {
  self->request(shared.carrier, command_deadline, std::move(query)).then(done, [done](const caf::error&) {
    done(leg_trace{});
  });
}

bool directory::knows(std::string_view carrier_call_id) const {
  return by_carrier_id.contains(std::string(carrier_call_id)) || ended_calls.contains(carrier_call_id) ||
         ended_legs.contains(carrier_call_id);
}

/// A leg of a call of ours that is not here has nobody any more: it is looked after.
void directory::found(const known_leg& leg) {
  const auto label = telnyx::read_leg_label(leg.client_state);
  if (!label || label->role != telnyx::leg_role::conversation || label->node != shared.node) return;
  if (!calls.contains(label->call_id)) keeper.watch(leg.carrier_call_id, label->call_id);
}

bool directory::take(const found_caller& who) {
  // They may all come at once.
  if (door->outlook(now()) == refusal::rate) return false;
  auto place = door->admit(now());
  if (!place) {
    if (who.is_certain) reject(who.carrier_call_id, who.carrier_call_id);
    return true;
  }
  spdlog::warn("caller whom a former start left is answered from={}", mask_number(who.from));
  start(std::move(*place),
        {.carrier_call_id = who.carrier_call_id,
         .from = who.from,
         .to = who.to,
         .controlled = true,
         .found = true},
        calmest_loop(), settings);
  return true;
}

node_actor::behavior_type node(node_pointer self, std::vector<loop*> loops, std::shared_ptr<admission> door,
                               std::shared_ptr<const call_settings> settings, const services& shared) {
  auto& state = self->state;
  state.self = self;
  state.calls_per_loop.resize(loops.size());
  state.loops = std::move(loops);
  state.door = std::move(door);
  state.settings = std::move(settings);
  state.shared = shared;
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  const auto& line = state.settings->carrier;
  if (!line.connection_id.empty() && !line.api_key.empty()) state.search.begin();
  return {
      [&state](const webhook_received& event) { state.on_webhook(event); },
      [&state](const open_stream& request) { return state.rule(request); },
      [&state](const identify_call& event) { return state.identify(event); },
      [&state](const stream_missed& event) {
        if (auto known = state.calls.find(event.call_id); known != state.calls.end()) {
          known->second.misses_stream = event.missed;
        }
      },
      [&state](const leg_settled& event) {
        if (auto call = state.calls.find(event.call_id); call != state.calls.end())
          call->second.settled = true;
      },
      [&state](const place_call& command) { return state.place(command); },
      [&state](const find_owner& query) { return state.owner_of(query.id); },
      [&state](const describe_node&) { return state.describe(); },
      [&state](const apply_settings& command) {
        state.settings = command.calls;
        state.door->set_limits(*command.limits);
        state.make_room();
      },
      [&state, self](const drain_node&) {
        state.door->drain();
        if (state.shared.spares != nullptr) state.shared.spares->close();
        auto promise = self->template make_response_promise<node_description>();
        if (state.calls.empty()) {
          promise.deliver(state.describe());
        } else {
          state.awaiting_drain.push_back(promise);
        }
        return promise;
      },
      [&state, self](const end_all_calls& command) {
        for (const auto& [id, call] : state.calls) self->send(call.handle, end_call{command.reason});
        for (const auto& [address, stray] : state.strays) self->send(stray, end_call{command.reason});
      },
  };
}

}  // namespace

node_actor spawn_node(loop& home, std::vector<loop*> loops, std::shared_ptr<admission> door,
                      std::shared_ptr<const call_settings> settings, const services& shared) {
  return spawn_on<node_actor>(home, node, std::move(loops), std::move(door), std::move(settings), shared);
}

}  // namespace tandem
