#include "actors/call_children.hpp"

#include "actors/dialogue.hpp"
#include "actors/event_teller.hpp"
#include "actors/ingress.hpp"
#include "actors/media/audio_path.hpp"
#include "actors/media/line_recording.hpp"
#include "actors/scribe.hpp"
#include "actors/speech.hpp"

#include <algorithm>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

call_children::call_children(caf::local_actor& parent, std::shared_ptr<const call_settings> settings,
                             const services& shared)
    : parent_(parent),
      settings_(std::move(settings)),
      shared_(shared),
      path_(std::make_shared<audio_path>()) {}

void call_children::spawn(const call_actor& call, const std::string& call_id, loop& where,
                          std::string_view talk) {
  const auto add = [this](actor_kind kind, const auto& spawned) {
    parent_.monitor(spawned);
    running_.push_back({kind, caf::actor_cast<caf::actor>(spawned)});
    return spawned;
  };
  auto& measure = *shared_.measure;
  const auto& settings = *settings_;
  const auto tells_changes = static_cast<bool>(shared_.switchboard);
  dialogue_ = add(actor_kind::dialogue, spawn_dialogue(where, call, settings_, measure, shared_.http,
                                                       event_teller(shared_.events, call_id), talk,
                                                       shared_.breakers, tells_changes));
  scribe_ = add(actor_kind::scribe, spawn_scribe(where, call, dialogue_, path_, settings, shared_));
  speech_ = add(actor_kind::speech, spawn_speech(where, call, dialogue_, path_, settings, shared_));
  std::shared_ptr<line_recording> recording;
  if (shared_.recorder != nullptr) {
    recording = std::make_shared<line_recording>(shared_.recorder, call_id, settings.carrier.codec,
                                                 !settings.keeps_keys, measure);
  }
  ingress_ = add(actor_kind::ingress,
                 spawn_ingress(where, call, dialogue_, path_, settings, measure, std::move(recording)));
}

std::optional<actor_kind> call_children::on_down(const caf::actor_addr& who) {
  const auto gone = std::find_if(running_.begin(), running_.end(),
                                 [&](const child& each) { return each.handle.address() == who; });
  if (gone == running_.end()) return std::nullopt;
  const auto kind = gone->kind;
  running_.erase(gone);
  if (when_stopped_) stop_next();
  return kind;
}

void call_children::stop(std::function<void()> done) {
  when_stopped_ = std::move(done);
  stop_next();
}

void call_children::stop_next() {
  if (running_.empty()) return std::exchange(when_stopped_, nullptr)();
  parent_.send_exit(running_.back().handle, caf::exit_reason::user_shutdown);
}

void call_children::kill() {
  when_stopped_ = nullptr;
  for (const auto& each : running_) caf::anon_send_exit(each.handle, caf::exit_reason::kill);
}

}  // namespace tandem
