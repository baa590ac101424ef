#include "actors/call.hpp"

#include "actors/agents/agent_overrides.hpp"
#include "actors/call_supervisor.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// The children and the carrier's leg get so long to end.
constexpr auto ending_deadline = 5s;

/// The rest of the agent's turn and a goodbye.
constexpr auto goodbye_deadline = 45s;

/// So long a call waits for its record to be kept.
constexpr auto keeping_deadline = 500ms;

/// What a call is that goes on here, whatever else is known of it.
call_origin origin_of(const call_origin& given) {
  auto out = given;
  if (!given.former) return out;
  const auto& record = given.former->record;
  out.id = record.id;
  out.direction = record.direction;
  out.carrier_call_id = record.carrier_call_id;
  out.from = record.from;
  out.to = record.to;
  out.controlled = given.former->leg.controlled;
  out.found = false;
  return out;
}

}  // namespace

void call_supervisor::begin(const call_origin& given) {
  const auto origin = origin_of(given);
  former = given.former;
  const auto& chosen = former ? former->own_settings : origin.own_settings;
  own_settings.insert(chosen.begin(), chosen.end());
  children.emplace(*self, settings, shared);
  if (given.pass) children->use_pass(given.pass);
  former ? books.emplace(*former, shared, wall()) : books.emplace(origin, *settings, shared, wall());
  ownership.emplace(*self, *this, *this, shared, origin,
                    [this](carrier_command command, const pass_gate::outcome_handler& done) {
                      commanding::send_command(std::move(command), done);
                    });
  leg.emplace(*this, origin, *settings, shared);
  stream.emplace(*this, *leg, children->path(), settings->limits,
                 stream_watch::events{[this](std::string_view reason) { end(reason); },
                                      [this](bool missed) {
                                        if (!missed) leg->stream_heard();
                                        self->send(node, stream_missed{id(), missed});
                                      },
                                      [this] { leg->stream_silent(); }});
  const auto lasted = wall() - books->record().started_at;
  duration = end_after(std::max<std::chrono::nanoseconds>(settings->limits.max_call - lasted, 0s),
                       end_reason::max_duration);
  // Who is being given to somebody else needs no stream yet.
  if (!former || !former->leg.transferring) stream->await();
  if (given.pass) return go_on();
  ownership->claim([this](bool in_doubt) {
    books->announce();
    if (in_doubt) leg->doubt();
    if (leg->controlled()) begin_when_kept([this] { leg->begin(); });
  });
}

/// With what the former owner left, or with what the carrier knows.
void call_supervisor::go_on() {
  books->announce();
  if (books->record().state == call_state::connected) at = phase::connected;
  if (former) {
    leg->take_over(former->leg);
    if (leg->transferring()) leg->relabel();
  } else {
    begin_when_kept([this] { leg->find_out(); });
  }
  ownership->changed(true);
}

/// Nobody is answered or called before the call's record will outlive the process: what a crash leaves at the
/// carrier is in the books. A store that does not answer holds up nothing for long.
void call_supervisor::begin_when_kept(std::function<void()> begin_leg) {
  const auto begin_now = [this, begin_leg = std::move(begin_leg)] {
    if (at == phase::ringing) begin_leg();
  };
  self->request(shared.records, keeping_deadline, keep_call{books->record()})
      .then([begin_now](const change_kept&) { begin_now(); },
            [begin_now](const caf::error&) { begin_now(); });
}

void call_supervisor::leg_named(const std::string& carrier_call_id) {
  if (at == phase::over) return;
  books->named(carrier_call_id);
  ownership->named(carrier_call_id);
  self->request(node, command_deadline, identify_call{id(), carrier_call_id})
      .then([](const call_owner&) {}, [](const caf::error&) {});
}

void call_supervisor::leg_answered() {
  if (at > phase::connected) return;
  connected();
  // Only now can the stream be late.
  if (!stream->has_begun() && !leg->streamless()) stream->await();
}

void call_supervisor::connected() {
  if (at != phase::ringing) return;
  at = phase::connected;
  books->connected(wall());
  ownership->changed(true);
}

void call_supervisor::attach(const attach_stream& command) {
  if (at > phase::connected) return;
  // Somebody else's, whatever it says.
  if (leg->has_sole_stream() && !children->empty()) return;
  if (children->empty()) {
    children->spawn(self, id(), command.stream->home(), former ? former->talk : std::string());
  }
  // Empty on the fixed token, and while the carrier has not said yet what it calls the leg that we dial.
  self->send(children->ingress(), attach_stream{command.stream, command.started,
                                                books->record().carrier_call_id, leg->has_sole_stream()});
}

void call_supervisor::on_stream_started(const stream_started& event) {
  if (at > phase::connected || leg->streamless()) return;
  leg->stream_began(event.carrier_call_id, event.stream_id);
  stream->began();
  ownership->changed(true);
  tell_of_transfer();
  if (!books->record().carrier_call_id.empty() || event.carrier_call_id.empty()) {
    books->numbered(event);
    return converse();
  }
  books->identified(event);
  self->request(node, command_deadline, identify_call{id(), event.carrier_call_id})
      .then([this](const call_owner& owner) { on_identified(owner); },
            [this](const caf::error&) { end(end_reason::internal_error); });
}

/// The stream said whose it is: ours, a call's that was there before, or a call's that is over.
void call_supervisor::on_identified(const call_owner& owner) {
  if (at > phase::connected) return;
  if (owner.call_id == id()) return converse();
  if (owner.call_id.empty()) return end(end_reason::caller_hung_up);
  spdlog::info("carrier's stream goes to its call call={} from={}", owner.call_id, id());
  self->send(children->ingress(), hand_over_stream{owner.call});
}

void call_supervisor::converse() {
  connected();
  if (std::exchange(dialogue_began, true)) return;
  const auto left = std::exchange(former, nullptr);
  self->send(children->dialogue(), begin_dialogue{children->scribe(), children->speech(), books->record(),
                                                  left && !left->talk.empty()});
  if (machine_untold) self->send(children->dialogue(), *std::exchange(machine_untold, std::nullopt));
  tell_of_transfer();
}

call_value call_supervisor::value() const {
  call_value out{.record = books->record(),
                 .leg = leg->facts(),
                 .counts = books->counts(),
                 .agent = {},
                 .own_settings = {own_settings.begin(), own_settings.end()},
                 .written_at = wall(),
                 .talk = former ? former->talk : std::string()};
  for (auto& [name, setting] : overrides_of(*newest)) out.agent.push_back({name, setting});
  return out;
}

/// Nobody else can follow what is under way between us and the carrier.
bool call_supervisor::may_move(bool at_once) const {
  if (at > phase::connected || leg->streamless() || !leg->has_begun()) return false;
  return at_once || (at == phase::connected && !leg->transferring());
}

void call_supervisor::take(const webhook_received& event) {
  if (at != phase::over && !ownership->puts_off(event)) leg->on_webhook(*event.event);
}

/// Nobody is told of an end, since there is none; the children know of nothing to wind up.
void call_supervisor::forsake(std::string_view to) {
  if (at == phase::over || !ownership->is_shared()) return;
  self->send(node, call_moved{id()});
  at = phase::over;
  ownership->leave();
  leg->abandon();
  stream->stop();
  books->leave(to);
  release();
  quit();
}

void call_supervisor::on_stream_stopped(const stream_stopped& event) {
  if (at > phase::connected) return;
  // Without Call Control nobody else will say that the caller is gone.
  if (event.orderly && !leg->controlled()) return end(end_reason::caller_hung_up);
  // Nor can a stream come back to a call that no stream has named.
  if (books->record().carrier_call_id.empty() || leg->has_sole_stream()) return end(end_reason::no_media);
  spdlog::debug("carrier's stream stopped call={} why={}", id(), event.why);
  stream->lost();
  leg->stream_lost();
  if (at <= phase::connected && !leg->transferring() && !leg->streamless()) stream->await();
}

void call_supervisor::leg_noted(std::string_view key, std::string_view text) {
  if (at == phase::over) return;
  books->note({std::string(key), std::string(text)});
  ownership->changed(true);
}

void call_supervisor::transfer_failed() {
  if (at > phase::connected) return;
  ownership->changed(true);
  if (!postponed_end.empty()) return end(postponed_end);
  // Nobody promised frames meanwhile.
  stream->has_begun() ? stream->count_anew() : stream->await();
  if (postponed_failure) return on_provider_failed(*std::exchange(postponed_failure, std::nullopt));
  transfer_untold = dialogue_began || (former && !former->talk.empty());
  // Who has no stream cannot be spoken to.
  if (!stream->is_missing()) tell_of_transfer();
}

void call_supervisor::tell_of_transfer() {
  if (dialogue_began && std::exchange(transfer_untold, false))
    self->send(children->dialogue(), tandem::transfer_failed{});
}

void call_supervisor::machine_heard(bool greeting_over, bool beep) {
  if (at > phase::connected) return;
  const tandem::machine_heard event{greeting_over, beep};
  if (dialogue_began) return self->send(children->dialogue(), event);
  // Events overtake each other: what came last in the call counts.
  if (!machine_untold || greeting_over) machine_untold = event;
}

void call_supervisor::caller_held(bool on_hold) {
  if (at != phase::connected || !dialogue_began) return;
  if (on_hold) return self->send(children->dialogue(), hold_call{.by = turns::holder::caller});
  self->send(children->dialogue(), end_hold{turns::holder::caller});
}

/// A dialogue that falls silent while the caller hears somebody else has to wait.
void call_supervisor::on_wish_to_end(const end_call& wish) {
  const bool of_dialogue = wish.reason == end_reason::caller_silent ||
                           wish.reason == end_reason::agent_hung_up ||
                           wish.reason == end_reason::provider_failed;
  if (!of_dialogue || (!leg->transferring() && !leg->streamless())) return end(wish.reason);
  postponed_end = wish.reason;
}

void call_supervisor::on_hold_changed(const hold_changed& event) {
  if (at > phase::connected) return;
  is_held = event.on_hold;
  children->hold(event.on_hold);
  stream->expect_silence(event.time, event.by == turns::holder::caller);
  books->hold_changed(event, wall());
  ownership->changed(true);
}

void call_supervisor::on_provider_failed(const provider_failed& event) {
  if (at > phase::connected || leg->streamless()) return;
  spdlog::error("provider failed call={} peer={} why={}", id(), to_string(event.who), event.why);
  // Whoever takes the caller needs neither.
  if (leg->transferring()) {
    if (!postponed_failure || event.who == peer::speech) postponed_failure = event;
    return;
  }
  const auto& last_words = newest->turns.fallback_reply;
  // Who cannot hear can still say so; a call without a voice has the carrier's to say goodbye with.
  if (event.who == peer::scribe && dialogue_began) {
    self->send(children->dialogue(), event);
  } else if (leg->controlled() && !last_words.empty()) {
    stream->stop();
    leg->speak_last(last_words, end_reason::provider_failed);
  } else {
    return end(end_reason::provider_failed);
  }
  goodbye = end_after(goodbye_deadline, end_reason::provider_failed);
}

/// Children that are stopped are down on purpose.
void call_supervisor::on_down(const caf::down_msg& down) {
  const auto kind = children->on_down(down.source);
  if (!kind || at > phase::connected) return;
  shared.measure->actor_failures(*kind).Increment();
  spdlog::error("a call's actor failed call={} actor={} error={}", id(), to_string(*kind),
                caf::to_string(down.reason));
  end(end_reason::internal_error);
}

void call_supervisor::end(std::string_view reason) {
  if (at > phase::connected || ownership->puts_off_end(reason)) return;
  ownership->stop();
  at = phase::stopping;
  books->reason(reason);
  if (dialogue_began) self->send(children->dialogue(), call_ending{std::string(reason)});
  if (!children->empty()) self->send(children->ingress(), call_ending{std::string(reason)});
  stream->stop();
  duration.cancel();
  goodbye.cancel();
  deadline = finish_after(ending_deadline);
  children->stop([this] { hang_up(); });
}

void call_supervisor::hang_up() {
  at = phase::hanging_up;
  deadline = finish_after(command_deadline);
  leg->hang_up([this] { finish(); });
}

void call_supervisor::on_farewell(const send_farewell& command) {
  if (at == phase::over) return;
  farewell = shared.http->send(self->home(), *command.request, [this](const http_answer&) {
    self->guard([this] {
      farewell.reset();
      if (leg_done) leave();
    });
  });
}

void call_supervisor::finish() {
  leg_done = true;
  // It has a deadline of its own.
  if (!farewell) leave();
}

void call_supervisor::leave() {
  if (at == phase::over) return;
  if (leg->settled()) self->send(node, leg_settled{id()});
  close();
  ownership->end_lease();
  quit();
}

void call_supervisor::close() {
  at = phase::over;
  books->close(wall());
  release();
}

void call_supervisor::release() {
  deadline.cancel();
  farewell.reset();
  children->kill();
}

call_supervisor::~call_supervisor() {
  if (!books || at == phase::over) return;
  books->reason(end_reason::internal_error);
  close();
}

namespace {

call_actor::behavior_type call(call_pointer self, const call_origin& origin,
                               std::shared_ptr<const call_settings> settings, const services& shared,
                               const node_actor& node) {
  auto& state = self->state;
  state.self = self;
  state.settings = state.newest = std::move(settings);
  state.shared = shared;
  state.node = node;
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  self->set_exit_handler([self](const caf::exit_msg& exit) {
    if (self->state.at == call_supervisor::phase::over) return self->quit();
    self->state.end(exit.reason == caf::exit_reason::user_shutdown ? end_reason::shutdown
                                                                   : end_reason::internal_error);
  });
  state.begin(origin);
  return {
      [&state](const webhook_received& event) { state.take(event); },
      [&state](const attach_stream& command) { state.attach(command); },
      [&state](const end_call& wish) { state.on_wish_to_end(wish); },
      [&state](const give_call_away& command) { state.ownership->give_away(command.at_once); },
      [&state](const forsake_call&) { state.forsake({}); },
      [&state](const control_call& command) { return state.control(command); },
      [&state](const change_agent& command) { return state.change(command); },
      [&state](const revise_agent& command) { return state.revise(command); },
      [&state](const hold_call& wish) { return state.hold(wish); },
      [&state](const end_hold& wish) { return state.resume(wish); },
      [&state](const may_listen&) { return state.listening(); },
      [&state](const attach_listener& who) { state.attach_listener(who); },
      [&state](const stream_started& event) { state.on_stream_started(event); },
      [&state](const stream_stopped& event) { state.on_stream_stopped(event); },
      [&state](const dtmf_pressed& event) {
        state.books->key_pressed(state.settings->keeps_keys ? event.digit : std::string(), state.wall());
        state.ownership->changed(false);
      },
      [&state](const provider_reconnected& event) {
        state.books->provider_reconnected(event, state.wall());
        state.ownership->changed(false);
      },
      [&state](const provider_failed& event) { state.on_provider_failed(event); },
      [&state](const turn_finished& event) {
        state.books->add(event.turn);
        state.ownership->changed(true);
      },
      [&state](const call_noted& event) {
        state.books->note(event);
        state.ownership->changed(true);
      },
      [&state](const usage_grew& event) { state.books->add(event.by); },
      [&state](const hold_changed& event) { state.on_hold_changed(event); },
      [&state](const silence_expected& event) {
        if (state.at <= call_supervisor::phase::connected) state.stream->expect_silence(event.time, false);
      },
      [&state](const talk_changed&) { state.ownership->changed(false); },
      [&state](const send_farewell& command) { state.on_farewell(command); },
  };
}

}  // namespace

call_actor spawn_call(loop& home, const call_origin& origin, std::shared_ptr<const call_settings> settings,
                      const services& shared, const node_actor& node) {
  return spawn_on<call_actor>(home, call, origin, std::move(settings), shared, node);
}

}  // namespace tandem
