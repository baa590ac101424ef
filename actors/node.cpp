#include "actors/node.hpp"

#include "actors/agents/agent_overrides.hpp"
#include "actors/media/speech_spares.hpp"
#include "actors/node_state.hpp"
#include "actors/revision_poll.hpp"
#include "actors/stray_stream.hpp"
#include "protocols/mask.hpp"
#include "protocols/telnyx/leg_label.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

/// A call answers at once, or is gone.
constexpr std::chrono::seconds revision_deadline{2};
/// Streams beyond the limits that may be saying at once whose they are; each is here for seconds at most.
constexpr std::size_t most_strays = 16;

/// A call that the carrier knows nothing of: its id stands for the carrier's as well, so that its stream can
/// name no other one.
call_origin softphone_origin(const std::string& id) {
  return {.id = id,
          .carrier_call_id = id,
          .from = "softphone",
          .has_sole_stream = true,
          .metadata = {{"softphone", "true"}}};
}

/// A browser has PCMU, whatever the carrier's lines have.
std::shared_ptr<const call_settings> on_narrow_line(const std::shared_ptr<const call_settings>& usual) {
  auto own = std::make_shared<call_settings>(*usual);
  own->carrier.codec = telnyx::codec::pcmu;
  return own;
}

}  // namespace

node_state::node_state()
    : keeper(*this, {},
             {.whose = [this](const watched_leg& leg, auto done) { ask_owner(leg, std::move(done)); },
              .settled = [this](const watched_leg& leg) { end_lease(leg.call_id); }}) {}

node_state::~node_state() {
  const end_call wish{std::string(end_reason::internal_error)};
  for (const auto& [id, call] : calls.all()) caf::anon_send(call.handle, wish);
  for (const auto& [address, stray] : strays) caf::anon_send(stray, wish);
}

std::string node_state::new_id() {
  return shared.node + "-" + shared.epoch + "-" + std::to_string(++last_call);
}

const owned_call& node_state::start(admission::place place, call_origin origin, std::uint32_t where,
                                    const std::shared_ptr<const call_settings>& with) {
  if (origin.id.empty()) origin.id = new_id();
  auto handle = spawn_call(*loops[where], origin, with, shared, self);
  self->monitor(handle);
  make_room();
  return calls.add(origin.id, owned_call{std::move(place), std::move(handle), where, origin.carrier_call_id,
                                         origin.controlled});
}

/// Calls come before what waits for calls.
void node_state::make_room() {
  if (shared.spares != nullptr && door->has_too_many_spares()) shared.spares->make_room();
}

stream_ruling node_state::rule(const open_stream& request) {
  // Audio leaves in real time, so that only a carrier that does not read ever fills this.
  const std::uint64_t write_bound = settings->limits.buffer_bytes / 8;
  if (!request.call_id.empty()) {
    const auto* known = calls.find(request.call_id);
    if (known == nullptr) return {.unknown_call = true};
    return {.taker = known->handle,
            .loop = request.can_move ? known->loop : request.loop,
            .write_bound = write_bound};
  }
  const auto why = request.is_softphone ? refusal::none : door->outlook(now());
  if (why != refusal::none && may_be_back()) {
    return {.taker = ask_whose(request.loop, why), .loop = request.loop, .write_bound = write_bound};
  }
  auto place = door->admit(now());
  if (!place) return {.why = place.error(), .retry_after_seconds = door->limits().retry_after_seconds};
  auto where = request.can_move ? calls.calmest_loop() : request.loop;
  const auto id = new_id();
  const auto& call = request.is_softphone
                         ? start(std::move(*place), softphone_origin(id), where, on_narrow_line(settings))
                         : start(std::move(*place), {.id = id}, where, settings);
  return {.taker = call.handle, .loop = where, .write_bound = write_bound, .new_call_id = id};
}

/// Whether a stream on the fixed token, of which only its `start` will say whose it is, may belong to a call
/// that is here.
bool node_state::may_be_back() const { return strays.size() < most_strays && calls.misses_stream(); }

stream_taker node_state::ask_whose(std::uint32_t where, refusal why) {
  auto stray = spawn_stray_stream(*loops[where], self, why, *shared.measure);
  self->monitor(stray);
  strays.emplace(stray.address(), stray);
  return stray;
}

void node_state::on_down(const caf::down_msg& down) {
  if (strays.erase(down.source) != 0) return;
  const auto gone = calls.remove(down.source);
  if (!gone) return;
  const auto& [id, call] = *gone;
  const bool failed = down.reason && down.reason != caf::exit_reason::normal;
  if (failed) {
    shared.measure->actor_failures(actor_kind::call).Increment();
    spdlog::error("a call's supervisor failed call={} error={}", id, caf::to_string(down.reason));
  }
  if (call.controlled && !call.moved) look_after(id, call, failed);
  if (!door->draining() || calls.size() != 0) return;
  for (auto& promise : std::exchange(awaiting_drain, {})) promise.deliver(describe());
}

void node_state::look_after(const std::string& id, const owned_call& call, bool failed) {
  // What is told of it late, under the label it had, is no sign of life.
  if (call.settled) calls.leg_ended(call.carrier_call_id);
  if (!call.carrier_call_id.empty() && !calls.has_leg_ended(call.carrier_call_id))
    return keeper.watch({call.carrier_call_id, id, failed ? leg_worry::failed : leg_worry::ended});
  if (failed) end_lease(id);
}

/// A leg of a call of ours that is not here has nobody any more: it is looked after.
void node_state::found(const known_leg& leg) {
  const auto call_id = telnyx::conversation_of(shared.node, leg.client_state);
  if (call_id && calls.find(*call_id) == nullptr)
    keeper.watch({leg.carrier_call_id, *call_id, leg_worry::left});
}

bool node_state::take(const found_caller& who) {
  // They may all come at once.
  if (door->outlook(now()) == refusal::rate) return false;
  auto place = door->admit(now());
  if (!place) {
    if (who.is_certain) turn_away(who);
    return true;
  }
  spdlog::warn("caller whom a former start left is answered from={}", mask_number(who.from));
  start(std::move(*place),
        {.carrier_call_id = who.carrier_call_id,
         .from = who.from,
         .to = who.to,
         .controlled = true,
         .found = true},
        calls.calmest_loop(), settings);
  return true;
}

void node_state::apply(const apply_settings& command) {
  if (std::exchange(is_revised, false))
    spdlog::warn("agent is the configuration's again, what was changed over the API is gone");
  settings = command.calls;
  door->set_limits(*command.limits);
  make_room();
}

/// Calls that go on are asked one by one, and the answer waits for theirs.
caf::result<revision_ruling> node_state::revise(const revise_agent& command) {
  auto revised = with_revision(settings, *command.what);
  if (!revised) return revision_ruling{.fault = std::move(revised.error())};
  settings = std::move(*revised);
  is_revised = true;
  auto promise = self->make_response_promise<revision_ruling>();
  const auto poll = std::make_shared<revision_poll>(revision_poll{promise, {.now = {settings, true}}});
  if (command.live) {
    for (const auto& [id, call] : calls.all()) {
      ++poll->open;
      self->request(call.handle, revision_deadline, command)
          .then([poll](const control_ruling& ruling) { poll->add(ruling.accepted); },
                [poll](const caf::error&) { poll->add(false); });
    }
  }
  poll->settle();
  return promise;
}

void node_state::end_all(const std::string& reason) {
  for (const auto& [id, call] : calls.all()) self->send(call.handle, end_call{reason});
  for (const auto& [address, stray] : strays) self->send(stray, end_call{reason});
}

namespace {

node_actor::behavior_type node(node_pointer self, std::vector<loop*> loops, std::shared_ptr<admission> door,
                               std::shared_ptr<const call_settings> settings, const services& shared) {
  auto& state = self->state;
  state.self = self;
  state.calls = call_directory(shared.node, loops.size());
  state.loops = std::move(loops);
  state.door = std::move(door);
  state.settings = std::move(settings);
  state.shared = shared;
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  const auto& line = state.settings->carrier;
  if (!line.connection_id.empty() && !line.api_key.empty()) state.search.begin();
  return {
      [&state](const webhook_received& message) { state.on_webhook(message.event); },
      [&state](const open_stream& request) { return state.rule(request); },
      [&state](const identify_call& event) { return state.calls.identify(event); },
      [&state](const stream_missed& event) {
        if (auto* call = state.calls.find(event.call_id)) call->misses_stream = event.missed;
      },
      [&state](const leg_settled& event) {
        if (auto* call = state.calls.find(event.call_id)) call->settled = true;
      },
      [&state](const call_moved& event) { state.on_moved(event); },
      [&state](const take_webhook& message) { return state.take(message); },
      [&state](const adopt_call& command) { return state.adopt(command); },
      [&state](const forsake_calls&) { state.forsake_all(); },
      [&state](const place_call& command) { return state.order(command); },
      [&state](const find_owner& query) { return state.calls.owner_of(query.id); },
      [&state](const describe_node&) { return state.describe(); },
      [&state](const apply_settings& command) { state.apply(command); },
      [&state](const describe_agent&) {
        return agent_description{state.settings, state.is_revised};
      },
      [&state](const revise_agent& command) { return state.revise(command); },
      [&state](const drain_node& command) { return state.drain(command); },
      [&state](const end_all_calls& command) { state.end_all(command.reason); },
  };
}

}  // namespace

node_actor spawn_node(loop& home, std::vector<loop*> loops, std::shared_ptr<admission> door,
                      std::shared_ptr<const call_settings> settings, const services& shared) {
  return spawn_on<node_actor>(home, node, std::move(loops), std::move(door), std::move(settings), shared);
}

}  // namespace tandem
