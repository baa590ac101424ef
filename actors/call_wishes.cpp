#include "actors/agents/agent_overrides.hpp"
#include "actors/call_supervisor.hpp"
#include "actors/media/line_listeners.hpp"
#include "actors/runtime/link.hpp"
#include "protocols/audio/audio_format.hpp"

#include <algorithm>
#include <utility>

#include <caf/all.hpp>

/// What somebody outside may do to a call: the API, who listens in, a revision of the agent.
namespace tandem {

namespace {

/// What was wished for now would be lost.
constexpr std::string_view going_away = "the call is going to another node";

}  // namespace

/// The dialogue goes where the call goes, and what it wants waits.
bool call_supervisor::is_from_outside() const {
  return children->empty() ||
         children->dialogue().address() != caf::actor_cast<caf::actor_addr>(self->current_sender());
}

/// Why nothing can be done to the call now; empty when something can.
std::string call_supervisor::obstacle() const {
  if (at > phase::connected) return "the call is ending";
  if (ownership->is_moving() && is_from_outside()) return std::string(going_away);
  if (!dialogue_began) return "nobody is on the line yet";
  if (leg->transferring()) return "the caller is being transferred";
  return {};
}

control_ruling call_supervisor::ruled(std::string why) const {
  const bool accepted = why.empty();
  return {accepted, books->record().state, std::move(why)};
}

/// What the API wants, if the call is in a state for it.
control_ruling call_supervisor::control(const control_call& command) {
  if (command.wish == call_wish::hang_up && at <= phase::connected && !ownership->is_moving()) {
    end(end_reason::api_hung_up);
    return ruled();
  }
  if (auto why = obstacle(); !why.empty()) return ruled(std::move(why));
  if (command.wish == call_wish::say) {
    self->send(children->dialogue(), say_words{command.text});
    return ruled();
  }
  if (!leg->controlled()) return ruled("the engine does not control this call at the carrier");
  if (command.wish == call_wish::transfer) {
    leg->transfer(command.text);
    ownership->changed(true);
  }
  if (command.wish == call_wish::press_keys) leg->press(command.text);
  if (command.wish == call_wish::play) leg->play(command.text);
  if (command.wish == call_wish::play_on) leg->play(command.text, telnyx::playing::until_stopped);
  if (command.wish == call_wish::stop_playing) leg->stop_playing();
  return ruled();
}

control_ruling call_supervisor::hold(const hold_call& wish) {
  if (auto why = obstacle(); !why.empty()) return ruled(std::move(why));
  if (std::exchange(is_held, true)) return ruled("the call is on hold");
  self->send(children->dialogue(), wish);
  return ruled();
}

control_ruling call_supervisor::resume(const end_hold& wish) {
  if (at > phase::connected || ownership->is_moving()) return ruled(obstacle());
  if (!std::exchange(is_held, false)) return ruled("the call is not on hold");
  self->send(children->dialogue(), wish);
  return ruled();
}

/// Also while nobody can do anything to the call.
listen_ruling call_supervisor::listening() const {
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
void call_supervisor::attach_listener(const tandem::attach_listener& who) {
  if (at > phase::connected || !dialogue_began) {
    return who.stream->home().post([stream = who.stream] { stream->leave(1000, "the call has ended"); });
  }
  books->listened(who.by, wall());
  self->send(children->ingress(), who);
}

/// Also before anybody is there to be answered.
agent_ruling call_supervisor::change(const change_agent& command) {
  if (at > phase::connected) return {.why = "the call is ending", .call = books->record()};
  if (ownership->is_moving()) return {.why = std::string(going_away), .call = books->record()};
  auto changed = with_changes(newest, command.settings);
  if (!changed) return {.fault = std::move(changed.error()), .call = books->record()};
  for (const auto& [name, value] : command.settings) own_settings.insert(name);
  use(std::move(*changed));
  return {.accepted = true, .call = books->record()};
}

/// What all calls get from now on, as far as nobody wanted something else for this one.
control_ruling call_supervisor::revise(const revise_agent& command) {
  if (at > phase::connected) return ruled("the call is ending");
  if (ownership->is_moving()) return ruled(std::string(going_away));
  const auto& settings_wanted = command.what->settings;
  const bool is_own = std::any_of(settings_wanted.begin(), settings_wanted.end(),
                                  [this](const auto& each) { return own_settings.contains(each.first); });
  if (is_own) return ruled("the call was given an agent of its own");
  auto revised = with_revision(newest, *command.what);
  if (!revised) return ruled(std::move(revised.error()));
  use(std::move(*revised));
  return ruled();
}

void call_supervisor::use(std::shared_ptr<const call_settings> with) {
  newest = std::move(with);
  children->use(newest);
  if (!children->empty()) self->send(children->dialogue(), use_agent{newest});
  books->agent_changed(newest->agent.kind, wall());
  ownership->changed(true);
}

}  // namespace tandem
