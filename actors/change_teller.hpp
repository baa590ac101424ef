#pragma once

#include "actors/runtime/loop.hpp"
#include "protocols/conversation/turn_events.hpp"
#include "protocols/moment.hpp"

#include <functional>
#include <optional>

namespace tandem {

/// Says when a dialogue is another one than it was, as far as a next owner of its call would miss it: twice a
/// second at most, the last change included, and at once when a turn is over.
class change_teller {
 public:
  change_teller(loop& home, std::function<void()> tell);

  /// This happened, and this came of it.
  void saw(const turns::event& what, const turns::actions& outcome);

  /// Something changed that no event tells of, such as what the agent knows.
  void saw_change() { is_changed_ = true; }

  /// Tells of what was seen, now or soon; whether the dialogue pauses is news as well when it does.
  void settle(bool pauses);

  /// Nothing more is told: who goes on with what there was has to come to this end too.
  void stop();

 private:
  void tell();

  loop& home_;
  std::function<void()> tell_;
  bool is_changed_ = false;
  bool is_turn_over_ = false;
  bool paused_ = true;
  bool is_over_ = false;
  std::optional<moment> told_at_;
  std::optional<timer> untold_;
};

}  // namespace tandem
