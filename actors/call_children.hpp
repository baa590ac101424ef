#pragma once

#include "actors/media/audio_path.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/fwd.hpp>

namespace tandem {

class call_pass;
class loop;

/// A call's children, in start order: dialogue, scribe, speech, ingress. They are stopped in reverse, and
/// none is ever restarted.
class call_children {
 public:
  /// `parent` monitors them; it must live as long, as must `shared`.
  call_children(caf::local_actor& parent, std::shared_ptr<const call_settings> settings,
                const services& shared);

  /// Spawns all of them on one loop. `talk` is what a former owner's dialogue said that it is; with one that
  /// cannot be read the dialogue fails.
  void spawn(const call_actor& call, const std::string& call_id, loop& where, std::string_view talk = {});

  bool empty() const { return running_.empty(); }

  const dialogue_actor& dialogue() const { return dialogue_; }
  const scribe_actor& scribe() const { return scribe_; }
  const speech_actor& speech() const { return speech_; }
  const ingress_actor& ingress() const { return ingress_; }

  /// Children that are spawned from now on have these settings.
  void use(std::shared_ptr<const call_settings> settings) { settings_ = std::move(settings); }

  /// From now on nothing is sent to the caller but under this pass.
  void use_pass(std::shared_ptr<const call_pass> pass) { path_->pass.set(std::move(pass)); }

  /// What they hear and say of the line.
  const audio_path& path() const { return *path_; }

  /// Whether the caller is listened to.
  void hold(bool on_hold) { path_->on_hold.store(on_hold, std::memory_order_relaxed); }

  /// Which of them is down; nothing when it was none of them.
  std::optional<actor_kind> on_down(const caf::actor_addr& who);

  /// Stops them one after the other, as `on_down` tells; `done` when none is left.
  void stop(std::function<void()> done);

  /// Ends at once those that are left.
  void kill();

 private:
  struct child {
    actor_kind kind;
    caf::actor handle;
  };

  void stop_next();

  caf::local_actor& parent_;
  std::shared_ptr<const call_settings> settings_;
  const services& shared_;
  std::shared_ptr<audio_path> path_;
  /// The typed handles are the same actors.
  std::vector<child> running_;
  dialogue_actor dialogue_;
  scribe_actor scribe_;
  speech_actor speech_;
  ingress_actor ingress_;
  std::function<void()> when_stopped_;
};

}  // namespace tandem
