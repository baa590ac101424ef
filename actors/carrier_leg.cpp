#include "actors/carrier_leg.hpp"

#include "protocols/telnyx/call_control.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace tandem {

carrier_leg::carrier_leg(leg_owner& owner, const call_origin& origin, const call_settings& settings,
                         const services& shared)
    : owner_(owner),
      settings_(settings.carrier),
      shared_(shared),
      call_id_(origin.id),
      carrier_call_id_(origin.carrier_call_id),
      controlled_(origin.controlled) {}

void carrier_leg::begin() {
  if (!controlled_) return;
  command("answer",
          telnyx::answer_body({
              .stream_url = settings_.stream_url + "/telnyx/media/" + shared_.stream_token(call_id_),
              .codec = settings_.codec,
              .client_state = call_id_,
              .command_id = call_id_ + ".answer",
          }));
}

void carrier_leg::command(std::string_view action, std::string body) {
  owner_.send_command({carrier_call_id_, std::string(action), std::move(body)},
                      [this](const command_outcome& outcome) {
                        if (outcome.accepted) return;
                        if (outcome.code == telnyx::call_has_ended) {
                          is_down_ = true;
                          return owner_.leg_failed(end_reason::caller_hung_up);
                        }
                        spdlog::warn("carrier refused a command call={} code={} detail={}", call_id_,
                                     outcome.code, outcome.detail);
                        owner_.leg_failed(end_reason::carrier_failed);
                      });
}

void carrier_leg::hang_up(std::function<void()> done) {
  if (!controlled_ || is_down_) return done();
  owner_.send_command({carrier_call_id_, "hangup", telnyx::hangup_body(call_id_ + ".hangup")},
                      [this, done = std::move(done)](const command_outcome& outcome) {
                        if (!outcome.accepted) {
                          spdlog::error("carrier's leg may be up still call={} code={} detail={}", call_id_,
                                        outcome.code, outcome.detail);
                        }
                        done();
                      });
}

}  // namespace tandem
