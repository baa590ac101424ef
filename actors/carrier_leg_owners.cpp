#include "actors/carrier_leg.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/leg_commands.hpp"

#include <algorithm>

/// Whose a leg is: it goes from owner to owner, and may be somebody else's.
namespace tandem {

namespace {

using namespace std::chrono_literals;

/// Between two questions how a leg is.
constexpr auto next_look = 1s;

}  // namespace

void carrier_leg::doubt() {
  if (origin_.direction == call_direction::incoming) is_ours_ = false;
}

void carrier_leg::take_over(const leg_facts& former) {
  owners_before_ = former.owner + 1;
  stream_id_ = former.stream_id;
  answered_by_ = former.answered_by;
  origin_.ends_at_machine = former.ends_at_machine;
  answered_ = former.answered;
  is_ours_ = true;
  is_down_ = false;
  transferring_ = former.transferring;
  if (transferring_) return await_transfer();
  // Whoever rings may have been answered since, or not.
  answered_ || origin_.direction == call_direction::outgoing ? start_stream() : find_out();
}

void carrier_leg::find_out() {
  owners_before_ = std::max(owners_before_, 1U);
  is_ours_ = true;
  is_down_ = false;
  ask_how_it_is();
}

void carrier_leg::ask_how_it_is() {
  finds_out_ = true;
  owner_.send_command({origin_.carrier_call_id, "status", {}}, [this](const command_outcome& outcome) {
    if (!finds_out_) return;
    if (!outcome.accepted) {
      next_stream_ = owner_.after(next_look, [this] { ask_how_it_is(); });
      return;
    }
    finds_out_ = false;
    if (!outcome.is_alive) {
      is_down_ = true;
      return owner_.leg_over(end_reason::caller_hung_up);
    }
    if (!outcome.is_unclaimed) return start_stream();
    streams_when_answered_ = !telnyx::streams_with_answer(settings_.carrier.codec);
    answer();
  });
}

void carrier_leg::relabel() {
  command("client_state_update", telnyx::client_state_update_body(label(false)),
          [](const command_outcome&) {});
}

void carrier_leg::abandon() {
  released_ = true;
  transferring_ = false;
  when_dialled_ = nullptr;
  stop_asking();
  transfer_limit_.cancel();
}

leg_facts carrier_leg::facts() const {
  return {.controlled = origin_.controlled,
          .answered = answered_,
          .transferring = transferring_,
          .answered_by = answered_by_,
          .ends_at_machine = origin_.ends_at_machine,
          .codec = settings_.carrier.codec,
          .stream_id = stream_id_,
          .owner = owners_before_};
}

}  // namespace tandem
