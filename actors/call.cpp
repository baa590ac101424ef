#include "actors/call.hpp"

#include "actors/agents/agent_overrides.hpp"
#include "actors/call_books.hpp"
#include "actors/call_children.hpp"
#include "actors/carrier_leg.hpp"
#include "actors/commanding.hpp"
#include "actors/media/line_listeners.hpp"
#include "actors/runtime/http.hpp"
#include "actors/runtime/link.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/stream_watch.hpp"
#include "protocols/audio/audio_format.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
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

/// Where a call is in its life; it only moves forward.
enum class phase : std::uint8_t { ringing, connected, stopping, hanging_up, over };

struct supervisor;
using call_pointer = pinned_actor<actor_kind::call, call_actor, supervisor>*;

struct supervisor : commanding<call_pointer, leg_owner> {
  supervisor() = default;
  /// A supervisor that was killed or threw leaves no child and no open books behind.
  ~supervisor() override;

  std::shared_ptr<const call_settings> settings;
  /// The same with the agent as it is by now.
  std::shared_ptr<const call_settings> newest;
  /// Those of the agent's settings that somebody chose for this call.
  std::set<std::string, std::less<>> own_settings;
  node_actor node;
  std::optional<call_children> children;
  std::optional<call_books> books;
  std::optional<carrier_leg> leg;
  std::optional<stream_watch> stream;
  phase at = phase::ringing;
  bool dialogue_began = false;
  /// A transfer has failed that the dialogue does not know of.
  bool transfer_untold = false;
  /// A machine took the call before there was a dialogue.
  std::optional<tandem::machine_heard> machine_untold;
  /// The call is on hold, or is about to be.
  bool is_held = false;
  /// What the dialogue wanted, and which provider failed, while the caller was being transferred.
  std::string postponed_end;
  std::optional<provider_failed> postponed_failure;

  timer duration;
  timer goodbye;
  timer deadline;

  /// What the dialogue wanted sent last, while it is under way.
  std::unique_ptr<http_exchange> farewell;
  bool leg_done = false;

  static inline const char* name = "call";

  // The beginning: a leg, a stream, a conversation.
  void begin(const call_origin& origin);
  void begin_when_kept();
  void leg_named(const std::string& carrier_call_id) override;
  void leg_answered() override;
  void connected();
  void attach(const attach_stream& command);
  void on_stream_started(const stream_started& event);
  void on_identified(const call_owner& owner);
  void converse();

  // While it goes on.
  void on_stream_stopped(const stream_stopped& event);
  void leg_noted(std::string_view key, std::string_view text) override;
  void transfer_failed() override;
  void machine_heard(bool greeting_over, bool beep) override;
  void caller_held(bool on_hold) override;
  void tell_of_transfer();
  void on_wish_to_end(const end_call& wish);
  std::string obstacle() const;
  control_ruling ruled(std::string why = {}) const;
  control_ruling control(const control_call& command);
  agent_ruling change(const change_agent& command);
  control_ruling revise(const revise_agent& command);
  void use(std::shared_ptr<const call_settings> with);
  control_ruling hold(const hold_call& wish);
  control_ruling resume(const end_hold& wish);
  listen_ruling listening() const;
  void attach_listener(const tandem::attach_listener& who);
  void on_hold_changed(const hold_changed& event);
  void on_provider_failed(const provider_failed& event);
  void on_down(const caf::down_msg& down);

  // The end: the children in reverse, the leg, the books.
  void leg_over(std::string_view reason) override { end(reason); }
  void end(std::string_view reason);
  void hang_up();
  void on_farewell(const send_farewell& command);
  void finish();
  void leave();
  void close();

  timer end_after(std::chrono::nanoseconds wait, std::string_view reason) {
    return after(wait, [this, reason] { end(reason); });
  }
  timer finish_after(std::chrono::nanoseconds wait) {
    return after(wait, [this] { finish(); });
  }
  const std::string& id() const { return books->record().id; }
  wall_time wall() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock());
  }
};

void supervisor::begin(const call_origin& origin) {
  own_settings.insert(origin.own_settings.begin(), origin.own_settings.end());
  children.emplace(*self, settings, shared);
  books.emplace(origin, *settings, shared, wall());
  leg.emplace(*this, origin, *settings, shared);
  stream.emplace(*this, *leg, children->path(), settings->limits,
                 stream_watch::events{[this](std::string_view reason) { end(reason); },
                                      [this](bool missed) {
                                        if (!missed) leg->stream_heard();
                                        self->send(node, stream_missed{id(), missed});
                                      },
                                      [this] { leg->stream_silent(); }});
  duration = end_after(settings->limits.max_call, end_reason::max_duration);
  stream->await();
  if (leg->controlled()) begin_when_kept();
}

/// Nobody is answered or called before the call's record will outlive the process: what a crash leaves at the
/// carrier is in the books. A store that does not answer holds up nothing for long.
void supervisor::begin_when_kept() {
  const auto go_on = [this] {
    if (at == phase::ringing) leg->begin();
  };
  self->request(shared.records, keeping_deadline, keep_call{books->record()})
      .then([go_on](const change_kept&) { go_on(); }, [go_on](const caf::error&) { go_on(); });
}

void supervisor::leg_named(const std::string& carrier_call_id) {
  if (at == phase::over) return;
  books->named(carrier_call_id);
  self->request(node, command_deadline, identify_call{id(), carrier_call_id})
      .then([](const call_owner&) {}, [](const caf::error&) {});
}

void supervisor::leg_answered() {
  if (at > phase::connected) return;
  connected();
  // Only now can the stream be late.
  if (!stream->has_begun() && !leg->streamless()) stream->await();
}

void supervisor::connected() {
  if (at != phase::ringing) return;
  at = phase::connected;
  books->connected(wall());
}

void supervisor::attach(const attach_stream& command) {
  if (at > phase::connected) return;
  // Somebody else's, whatever it says.
  if (leg->has_sole_stream() && !children->empty()) return;
  if (children->empty()) children->spawn(self, id(), command.stream->home());
  // Empty on the fixed token, and while the carrier has not said yet what it calls the leg that we dial.
  self->send(children->ingress(), attach_stream{command.stream, command.started,
                                                books->record().carrier_call_id, leg->has_sole_stream()});
}

void supervisor::on_stream_started(const stream_started& event) {
  if (at > phase::connected || leg->streamless()) return;
  leg->stream_began(event.carrier_call_id, event.stream_id);
  stream->began();
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
void supervisor::on_identified(const call_owner& owner) {
  if (at > phase::connected) return;
  if (owner.call_id == id()) return converse();
  if (owner.call_id.empty()) return end(end_reason::caller_hung_up);
  spdlog::info("carrier's stream goes to its call call={} from={}", owner.call_id, id());
  self->send(children->ingress(), hand_over_stream{owner.call});
}

void supervisor::converse() {
  connected();
  if (std::exchange(dialogue_began, true)) return;
  self->send(children->dialogue(), begin_dialogue{children->scribe(), children->speech(), books->record()});
  if (machine_untold) self->send(children->dialogue(), *std::exchange(machine_untold, std::nullopt));
}

void supervisor::on_stream_stopped(const stream_stopped& event) {
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

void supervisor::leg_noted(std::string_view key, std::string_view text) {
  if (at != phase::over) books->note({std::string(key), std::string(text)});
}

void supervisor::transfer_failed() {
  if (at > phase::connected) return;
  if (!postponed_end.empty()) return end(postponed_end);
  // Nobody promised frames meanwhile.
  stream->count_anew();
  if (postponed_failure) return on_provider_failed(*std::exchange(postponed_failure, std::nullopt));
  transfer_untold = dialogue_began;
  // Who has no stream cannot be spoken to.
  if (!stream->is_missing()) tell_of_transfer();
}

void supervisor::tell_of_transfer() {
  if (std::exchange(transfer_untold, false)) self->send(children->dialogue(), tandem::transfer_failed{});
}

void supervisor::machine_heard(bool greeting_over, bool beep) {
  if (at > phase::connected) return;
  const tandem::machine_heard event{greeting_over, beep};
  if (dialogue_began) return self->send(children->dialogue(), event);
  // Events overtake each other: what came last in the call counts.
  if (!machine_untold || greeting_over) machine_untold = event;
}

void supervisor::caller_held(bool on_hold) {
  if (at != phase::connected || !dialogue_began) return;
  if (on_hold) return self->send(children->dialogue(), hold_call{.by = turns::holder::caller});
  self->send(children->dialogue(), end_hold{turns::holder::caller});
}

/// A dialogue that falls silent while the caller hears somebody else has to wait.
void supervisor::on_wish_to_end(const end_call& wish) {
  const bool of_dialogue = wish.reason == end_reason::caller_silent ||
                           wish.reason == end_reason::agent_hung_up ||
                           wish.reason == end_reason::provider_failed;
  if (!of_dialogue || (!leg->transferring() && !leg->streamless())) return end(wish.reason);
  postponed_end = wish.reason;
}

/// Why nothing can be done to the call now; empty when something can.
std::string supervisor::obstacle() const {
  if (at > phase::connected) return "the call is ending";
  if (!dialogue_began) return "nobody is on the line yet";
  if (leg->transferring()) return "the caller is being transferred";
  return {};
}

control_ruling supervisor::ruled(std::string why) const {
  const bool accepted = why.empty();
  return {accepted, books->record().state, std::move(why)};
}

/// What the API wants, if the call is in a state for it.
control_ruling supervisor::control(const control_call& command) {
  if (command.wish == call_wish::hang_up && at <= phase::connected) {
    end(end_reason::api_hung_up);
    return ruled();
  }
  if (auto why = obstacle(); !why.empty()) return ruled(std::move(why));
  if (command.wish == call_wish::say) {
    self->send(children->dialogue(), say_words{command.text});
    return ruled();
  }
  if (!leg->controlled()) return ruled("the engine does not control this call at the carrier");
  if (command.wish == call_wish::transfer) leg->transfer(command.text);
  if (command.wish == call_wish::press_keys) leg->press(command.text);
  if (command.wish == call_wish::play) leg->play(command.text);
  if (command.wish == call_wish::play_on) leg->play(command.text, telnyx::playing::until_stopped);
  if (command.wish == call_wish::stop_playing) leg->stop_playing();
  return ruled();
}

control_ruling supervisor::hold(const hold_call& wish) {
  if (auto why = obstacle(); !why.empty()) return ruled(std::move(why));
  if (std::exchange(is_held, true)) return ruled("the call is on hold");
  self->send(children->dialogue(), wish);
  return ruled();
}

control_ruling supervisor::resume(const end_hold& wish) {
  if (at > phase::connected) return ruled(obstacle());
  if (!std::exchange(is_held, false)) return ruled("the call is not on hold");
  self->send(children->dialogue(), wish);
  return ruled();
}

/// Also while nobody can do anything to the call.
listen_ruling supervisor::listening() const {
  listen_ruling out{.state = books->record().state, .rate = heard_format(settings->carrier.codec).rate};
  if (at > phase::connected) {
    out.why = "the call is ending";
  } else if (!dialogue_began) {
    out.why = "nobody is on the line yet";
  } else if (children->path().listeners >= most_listeners) {
    out.why = "as many listen in as may";
    out.is_full = true;
  }
  out.accepted = out.why.empty();
  return out;
}

/// The listener's link lives on another loop as a rule.
void supervisor::attach_listener(const tandem::attach_listener& who) {
  if (at > phase::connected || !dialogue_began) {
    return who.stream->home().post([stream = who.stream] { stream->leave(1000, "the call has ended"); });
  }
  books->listened(who.by, wall());
  self->send(children->ingress(), who);
}

void supervisor::on_hold_changed(const hold_changed& event) {
  if (at > phase::connected) return;
  is_held = event.on_hold;
  children->hold(event.on_hold);
  stream->expect_silence(event.time, event.by == turns::holder::caller);
  books->hold_changed(event, wall());
}

/// Also before anybody is there to be answered.
agent_ruling supervisor::change(const change_agent& command) {
  if (at > phase::connected) return {.why = "the call is ending", .call = books->record()};
  auto changed = with_changes(newest, command.settings);
  if (!changed) return {.fault = std::move(changed.error()), .call = books->record()};
  for (const auto& [name, value] : command.settings) own_settings.insert(name);
  use(std::move(*changed));
  return {.accepted = true, .call = books->record()};
}

/// What all calls get from now on, as far as nobody wanted something else for this one.
control_ruling supervisor::revise(const revise_agent& command) {
  if (at > phase::connected) return ruled("the call is ending");
  const auto& settings_wanted = command.what->settings;
  const bool is_own = std::any_of(settings_wanted.begin(), settings_wanted.end(),
                                  [this](const auto& each) { return own_settings.contains(each.first); });
  if (is_own) return ruled("the call was given an agent of its own");
  auto revised = with_revision(newest, *command.what);
  if (!revised) return ruled(std::move(revised.error()));
  use(std::move(*revised));
  return ruled();
}

void supervisor::use(std::shared_ptr<const call_settings> with) {
  newest = std::move(with);
  children->use(newest);
  if (!children->empty()) self->send(children->dialogue(), use_agent{newest});
  books->agent_changed(newest->agent.kind, wall());
}

void supervisor::on_provider_failed(const provider_failed& event) {
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
void supervisor::on_down(const caf::down_msg& down) {
  const auto kind = children->on_down(down.source);
  if (!kind || at > phase::connected) return;
  shared.measure->actor_failures(*kind).Increment();
  spdlog::error("a call's actor failed call={} actor={} error={}", id(), to_string(*kind),
                caf::to_string(down.reason));
  end(end_reason::internal_error);
}

void supervisor::end(std::string_view reason) {
  if (at > phase::connected) return;
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

void supervisor::hang_up() {
  at = phase::hanging_up;
  deadline = finish_after(command_deadline);
  leg->hang_up([this] { finish(); });
}

void supervisor::on_farewell(const send_farewell& command) {
  if (at == phase::over) return;
  farewell = shared.http->send(self->home(), *command.request, [this](const http_answer&) {
    self->guard([this] {
      farewell.reset();
      if (leg_done) leave();
    });
  });
}

void supervisor::finish() {
  leg_done = true;
  // It has a deadline of its own.
  if (!farewell) leave();
}

void supervisor::leave() {
  if (at == phase::over) return;
  if (leg->settled()) self->send(node, leg_settled{id()});
  close();
  // Also right outside of a message handler, where `quit` is not.
  self->send_exit(self->address(), caf::exit_reason::normal);
}

void supervisor::close() {
  at = phase::over;
  deadline.cancel();
  farewell.reset();
  children->kill();
  books->close(wall());
}

supervisor::~supervisor() {
  if (!books || at == phase::over) return;
  books->reason(end_reason::internal_error);
  close();
}

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
    if (self->state.at == phase::over) return self->quit();
    self->state.end(exit.reason == caf::exit_reason::user_shutdown ? end_reason::shutdown
                                                                   : end_reason::internal_error);
  });
  state.begin(origin);
  return {
      [&state](const webhook_received& event) {
        if (state.at != phase::over) state.leg->on_webhook(*event.event);
      },
      [&state](const attach_stream& command) { state.attach(command); },
      [&state](const end_call& wish) { state.on_wish_to_end(wish); },
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
      },
      [&state](const provider_reconnected& event) { state.books->provider_reconnected(event, state.wall()); },
      [&state](const provider_failed& event) { state.on_provider_failed(event); },
      [&state](const turn_finished& event) { state.books->add(event.turn); },
      [&state](const call_noted& event) { state.books->note(event); },
      [&state](const usage_grew& event) { state.books->add(event.by); },
      [&state](const hold_changed& event) { state.on_hold_changed(event); },
      [&state](const silence_expected& event) {
        if (state.at <= phase::connected) state.stream->expect_silence(event.time, false);
      },
      [&state](const send_farewell& command) { state.on_farewell(command); },
  };
}

}  // namespace

call_actor spawn_call(loop& home, const call_origin& origin, std::shared_ptr<const call_settings> settings,
                      const services& shared, const node_actor& node) {
  return spawn_on<call_actor>(home, call, origin, std::move(settings), shared, node);
}

}  // namespace tandem
