#include "actors/call.hpp"

#include "actors/call_books.hpp"
#include "actors/carrier_leg.hpp"
#include "actors/dialogue.hpp"
#include "actors/ingress.hpp"
#include "actors/media/audio_path.hpp"
#include "actors/media/line_recording.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/scribe.hpp"
#include "actors/speech.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_commands.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

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

/// Covers every retry of a command by the carrier actor.
constexpr auto command_deadline = 15s;

/// So long a call waits for its record to be kept.
constexpr auto keeping_deadline = 500ms;

/// An open stream has a frame every 20 ms; without one for so long the carrier may have lost it before us.
constexpr auto suspicious_silence = 1s;

/// What an agent notes, with `true`, about somebody who does not want to be called again.
constexpr std::string_view do_not_call_note = "do_not_call";

/// Where a call is in its life; it only moves forward.
enum class phase : std::uint8_t { ringing, connected, stopping, hanging_up, over };

struct child {
  actor_kind kind;
  caf::actor handle;
};

struct supervisor;
using call_pointer = pinned_actor<actor_kind::call, call_actor, supervisor>*;

struct supervisor : leg_owner {
  supervisor() = default;
  /// A supervisor that was killed or threw leaves no child and no open books behind.
  ~supervisor() override;

  call_pointer self = nullptr;
  std::shared_ptr<const call_settings> settings;
  services shared;
  node_actor node;
  std::optional<call_books> books;
  std::optional<carrier_leg> leg;
  phase at = phase::ringing;
  bool dialogue_began = false;
  bool stream_missing = false;
  /// What the dialogue wanted while the caller was being transferred.
  std::string postponed_end;
  moment stream_began;
  std::shared_ptr<audio_path> path = std::make_shared<audio_path>();

  // In start order; the typed handles are the same actors.
  std::vector<child> children;
  dialogue_actor dialogue;
  scribe_actor scribe;
  speech_actor speech;
  ingress_actor ingress;

  timer stream_wait;
  timer next_look;
  timer duration;
  timer goodbye;
  timer deadline;

  static inline const char* name = "call";

  void begin(const call_origin& origin);
  void begin_when_kept();
  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override;
  void leg_named(const std::string& carrier_call_id) override;
  void leg_answered() override;
  void leg_over(std::string_view reason) override { end(reason); }
  void leg_noted(std::string_view key, std::string_view text) override;
  void transfer_failed() override;
  moment now() const override { return self->home().now(); }
  void on_wish_to_end(const end_call& wish);
  control_ruling control(const control_call& command);
  void attach(const attach_stream& command);
  void spawn_children(loop& where);
  void on_stream_started(const stream_started& event);
  void on_identified(const call_owner& owner);
  void converse();
  void on_stream_stopped(const stream_stopped& event);
  void on_down(const caf::down_msg& down);
  void await_stream() { stream_wait = end_after(leg->patience(), leg->no_stream()); }
  void look_at_line();
  void miss_stream(bool missed);
  void connected();
  void on_noted(const call_noted& event);
  void on_provider_failed(const provider_failed& event);
  void end(std::string_view reason);
  void stop_next();
  void hang_up();
  void finish();
  void close();
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override;
  timer after(std::chrono::nanoseconds wait, void (supervisor::*call)());
  timer end_after(std::chrono::nanoseconds wait, std::string_view reason);
  const std::string& id() const { return books->record().id; }
  wall_time wall() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock());
  }
};

timer supervisor::after(std::chrono::nanoseconds wait, std::function<void()> call) {
  return self->home().at(self->home().now() + wait,
                         [this, call = std::move(call)] { self->guard([&] { call(); }); });
}

timer supervisor::after(std::chrono::nanoseconds wait, void (supervisor::*call)()) {
  return after(wait, [this, call] { (this->*call)(); });
}

timer supervisor::end_after(std::chrono::nanoseconds wait, std::string_view reason) {
  return after(wait, [this, reason] { end(reason); });
}

void supervisor::begin(const call_origin& origin) {
  books.emplace(origin, *settings, shared, wall());
  leg.emplace(*this, origin, *settings, shared);
  duration = end_after(settings->limits.max_call, end_reason::max_duration);
  await_stream();
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

void supervisor::send_command(carrier_command command, std::function<void(const command_outcome&)> done) {
  self->request(shared.carrier, command_deadline, std::move(command))
      .then(done, [done](const caf::error& failure) {
        done(command_outcome{false, "", caf::to_string(failure)});
      });
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
  if (stream_began == moment{}) await_stream();
}

void supervisor::leg_noted(std::string_view key, std::string_view text) {
  if (at != phase::over) books->note({std::string(key), std::string(text)});
}

void supervisor::transfer_failed() {
  if (at > phase::connected) return;
  if (!postponed_end.empty()) return end(postponed_end);
  // Nobody promised frames meanwhile.
  stream_began = now();
}

/// A dialogue that falls silent while the caller hears somebody else has to wait.
void supervisor::on_wish_to_end(const end_call& wish) {
  const bool of_dialogue =
      wish.reason == end_reason::caller_silent || wish.reason == end_reason::agent_hung_up;
  if (!of_dialogue || (!leg->transferring() && !leg->streamless())) return end(wish.reason);
  postponed_end = wish.reason;
}

/// What the API wants, if the call is in a state for it.
control_ruling supervisor::control(const control_call& command) {
  const auto& record = books->record();
  const auto no = [&](std::string why) { return control_ruling{false, record.state, std::move(why)}; };
  if (at > phase::connected) return no("the call is ending");
  if (command.wish == call_wish::hang_up) {
    end(end_reason::api_hung_up);
    return {true, record.state, {}};
  }
  if (!dialogue_began) return no("nobody is on the line yet");
  if (leg->transferring()) return no("the caller is being transferred");
  if (command.wish == call_wish::say) {
    self->send(dialogue, say_words{command.text});
    return {true, record.state, {}};
  }
  if (!leg->controlled()) return no("the engine does not control this call at the carrier");
  command.wish == call_wish::transfer ? leg->transfer(command.text) : leg->press(command.text);
  return {true, record.state, {}};
}

void supervisor::connected() {
  if (at != phase::ringing) return;
  at = phase::connected;
  books->connected(wall());
}

void supervisor::attach(const attach_stream& command) {
  if (at > phase::connected) return;
  if (children.empty()) spawn_children(command.stream->home());
  // Empty on the fixed token, and while the carrier has not said yet what it calls the leg that we dial.
  self->send(ingress, attach_stream{command.stream, command.started, books->record().carrier_call_id});
}

void supervisor::spawn_children(loop& where) {
  auto add = [this](actor_kind kind, const auto& spawned) {
    self->monitor(spawned);
    children.push_back({kind, caf::actor_cast<caf::actor>(spawned)});
    return spawned;
  };
  call_actor me = self;
  dialogue = add(actor_kind::dialogue,
                 spawn_dialogue(where, me, *settings, *shared.measure, event_teller(shared.events, id())));
  scribe = add(actor_kind::scribe, spawn_scribe(where, me, dialogue, path, *settings, shared));
  speech = add(actor_kind::speech, spawn_speech(where, me, dialogue, path, *settings, shared));
  std::shared_ptr<line_recording> recording;
  if (shared.recorder != nullptr) {
    recording = std::make_shared<line_recording>(*shared.recorder, id(), settings->carrier.codec,
                                                 !settings->keeps_keys, *shared.measure);
  }
  ingress = add(actor_kind::ingress,
                spawn_ingress(where, me, dialogue, path, *settings, *shared.measure, std::move(recording)));
}

void supervisor::on_stream_started(const stream_started& event) {
  if (at > phase::connected) return;
  stream_wait.cancel();
  stream_began = now();
  leg->stream_began();
  look_at_line();
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
  self->send(ingress, hand_over_stream{owner.call});
}

void supervisor::converse() {
  connected();
  if (std::exchange(dialogue_began, true)) return;
  self->send(dialogue, begin_dialogue{scribe, speech});
}

void supervisor::on_stream_stopped(const stream_stopped& event) {
  if (at > phase::connected) return;
  next_look.cancel();
  // Without Call Control nobody else will say that the caller is gone.
  if (event.orderly && !leg->controlled()) return end(end_reason::caller_hung_up);
  // Nor can a stream come back to a call that no stream has named.
  if (books->record().carrier_call_id.empty()) return end(end_reason::no_media);
  spdlog::debug("carrier's stream stopped call={} why={}", id(), event.why);
  miss_stream(true);
  leg->stream_lost();
  if (at <= phase::connected && !leg->transferring() && !leg->streamless()) await_stream();
}

/// Ends a call whose line has died without a word, or that nobody drives; comes again when either may be so.
void supervisor::look_at_line() {
  if (at > phase::connected) return;
  const auto& limits = settings->limits;
  if (leg->transferring()) {
    next_look = after(limits.media_wait, &supervisor::look_at_line);
    return;
  }
  const auto heard_at = std::max(stream_began, path->frame.last());
  const auto silent_at = heard_at + limits.media_wait;
  const auto lifeless_at = std::max({stream_began, path->voice.last(), path->reply.last()}) + limits.lifeless;
  if (now() >= silent_at) return end(end_reason::no_media);
  if (now() >= lifeless_at) return end(end_reason::caller_silent);
  miss_stream(now() >= heard_at + suspicious_silence);
  const auto look_at = (stream_missing ? now() : heard_at) + suspicious_silence;
  next_look = after(std::min({silent_at, lifeless_at, look_at}) - now(), &supervisor::look_at_line);
}

void supervisor::miss_stream(bool missed) {
  if (std::exchange(stream_missing, missed) != missed) self->send(node, stream_missed{id(), missed});
}

void supervisor::on_down(const caf::down_msg& down) {
  auto gone = std::find_if(children.begin(), children.end(),
                           [&](const child& each) { return each.handle.address() == down.source; });
  if (gone == children.end()) return;
  auto kind = gone->kind;
  children.erase(gone);
  if (at == phase::stopping) return stop_next();
  if (at == phase::over) return;
  shared.measure->actor_failures(kind).Increment();
  spdlog::error("a call's actor failed call={} actor={} error={}", id(), to_string(kind),
                caf::to_string(down.reason));
  end(end_reason::internal_error);
}

void supervisor::on_noted(const call_noted& event) {
  books->note(event);
  if (event.key != do_not_call_note || event.text != "true" || !shared.campaigns) return;
  const auto& call = books->record();
  caf::anon_send(shared.campaigns,
                 bar_numbers{{call.direction == call_direction::incoming ? call.from : call.to}, call.id});
}

void supervisor::on_provider_failed(const provider_failed& event) {
  if (at > phase::connected) return;
  spdlog::error("provider failed call={} peer={} why={}", id(), to_string(event.who), event.why);
  const auto& last_words = settings->turns.fallback_reply;
  // Who cannot hear can still say so; a call without a voice has the carrier's to say goodbye with.
  if (event.who == peer::scribe && dialogue_began) {
    self->send(dialogue, event);
  } else if (leg->controlled() && dialogue_began && !last_words.empty()) {
    next_look.cancel();
    leg->speak_last(last_words, end_reason::provider_failed);
  } else {
    return end(end_reason::provider_failed);
  }
  goodbye = end_after(goodbye_deadline, end_reason::provider_failed);
}

void supervisor::end(std::string_view reason) {
  if (at > phase::connected) return;
  at = phase::stopping;
  books->reason(reason);
  stream_wait.cancel();
  next_look.cancel();
  duration.cancel();
  goodbye.cancel();
  deadline = after(ending_deadline, &supervisor::finish);
  stop_next();
}

void supervisor::stop_next() {
  if (children.empty()) return hang_up();
  self->send_exit(children.back().handle, caf::exit_reason::user_shutdown);
}

void supervisor::hang_up() {
  at = phase::hanging_up;
  deadline = after(command_deadline, &supervisor::finish);
  leg->hang_up([this] { finish(); });
}

void supervisor::finish() {
  if (at == phase::over) return;
  if (leg->settled()) self->send(node, leg_settled{id()});
  close();
  // Also right outside of a message handler, where `quit` is not.
  self->send_exit(self->address(), caf::exit_reason::normal);
}

void supervisor::close() {
  at = phase::over;
  deadline.cancel();
  for (const auto& each : children) caf::anon_send_exit(each.handle, caf::exit_reason::kill);
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
  state.settings = std::move(settings);
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
      [&state](const stream_started& event) { state.on_stream_started(event); },
      [&state](const stream_stopped& event) { state.on_stream_stopped(event); },
      [&state](const dtmf_pressed& event) {
        state.books->key_pressed(state.settings->keeps_keys ? event.digit : std::string(), state.wall());
      },
      [&state](const provider_reconnected& event) {
        state.books->provider_reconnected(event.who, state.wall());
        spdlog::debug("provider reconnected call={} peer={}", state.id(), to_string(event.who));
      },
      [&state](const provider_failed& event) { state.on_provider_failed(event); },
      [&state](const turn_finished& event) { state.books->add(event.turn); },
      [&state](const call_noted& event) { state.on_noted(event); },
      [&state](const usage_grew& event) { state.books->add(event.by); },
  };
}

}  // namespace

call_actor spawn_call(loop& home, const call_origin& origin, std::shared_ptr<const call_settings> settings,
                      const services& shared, const node_actor& node) {
  return spawn_on<call_actor>(home, call, origin, std::move(settings), shared, node);
}

}  // namespace tandem
