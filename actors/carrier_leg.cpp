#include "actors/carrier_leg.hpp"

#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_commands.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "protocols/telnyx/webhook.hpp"

#include <algorithm>
#include <utility>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t transfer_ring_seconds = 30;
/// How long the carrier may take to say what became of a transfer, beyond the ringing.
constexpr auto transfer_slack = 15s;

/// An invited stream has to come within this time, once nobody's telephone rings any more.
constexpr auto token_lifetime = 120s;

/// Beyond `ring_seconds`, for the carrier to say that nobody answered.
constexpr auto ring_slack = 15s;

std::string_view end_reason_of(telnyx::dial_obstacle what) {
  switch (what) {
    case telnyx::dial_obstacle::lines:
      return end_reason::carrier_unavailable;
    case telnyx::dial_obstacle::account:
      return end_reason::carrier_denied;
    case telnyx::dial_obstacle::order:
      break;
  }
  return end_reason::carrier_failed;
}

std::uint32_t whole_seconds(std::chrono::seconds time) { return static_cast<std::uint32_t>(time.count()); }

}  // namespace

carrier_leg::carrier_leg(leg_owner& owner, const call_origin& origin, const call_settings& settings,
                         const services& shared)
    : owner_(owner),
      settings_(settings),
      shared_(shared),
      origin_(origin),
      request_(owner, {.command_id = [this](std::string_view action) { return next_id(action); },
                       .failed = [this](const std::string& code,
                                        const std::string& why) { on_stream_refused(code, why); }}),
      is_down_(origin.direction == call_direction::outgoing),
      is_ours_(!origin.found) {}

std::chrono::seconds carrier_leg::patience() const {
  return rings() ? std::chrono::seconds(origin_.ring_seconds) + ring_slack : settings_.limits.stream_wait;
}

std::string_view carrier_leg::no_stream() const {
  return rings() ? end_reason::no_answer : end_reason::no_media;
}

std::string carrier_leg::next_id(std::string_view action) {
  // A former owner's commands had numbers as well.
  const auto owner = owners_before_ == 0 ? std::string() : ".owner-" + std::to_string(owners_before_);
  return origin_.id + owner + "." + std::string(action) + "." + std::to_string(++commands_);
}

std::string carrier_leg::label(bool far_end) const {
  return telnyx::to_text(
      {far_end ? telnyx::leg_role::transfer : telnyx::leg_role::conversation, shared_.node, origin_.id});
}

std::string carrier_leg::stream_url() const {
  const auto ringing = std::chrono::seconds(rings() ? origin_.ring_seconds : 0);
  return settings_.carrier.stream_url + "/telnyx/media/" +
         shared_.stream_token(origin_.id, ringing + token_lifetime);
}

void carrier_leg::command(std::string_view action, std::string body, outcome_handler done) {
  owner_.send_command({origin_.carrier_call_id, std::string(action), std::move(body)},
                      [this, done = std::move(done)](const command_outcome& outcome) {
                        if (!outcome.accepted && telnyx::says_leg_is_gone(outcome.code)) {
                          is_down_ = true;
                          return owner_.leg_over(end_reason::caller_hung_up);
                        }
                        done(outcome);
                      });
}

void carrier_leg::refused(std::string_view action, const command_outcome& outcome) const {
  spdlog::warn("carrier refused a command call={} action={} code={} detail={}", origin_.id, action,
               outcome.code, outcome.detail);
}

void carrier_leg::begin() {
  streams_when_answered_ = !telnyx::streams_with_answer(settings_.carrier.codec);
  origin_.direction == call_direction::incoming ? answer() : dial();
}

void carrier_leg::answer() {
  command("answer",
          telnyx::answer_body({.stream_url = streams_when_answered_ ? std::string() : stream_url(),
                               .codec = settings_.carrier.codec,
                               .client_state = label(false),
                               .command_id = next_id("answer")}),
          [this](const command_outcome& outcome) {
            is_ours_ |= outcome.accepted;
            is_accepted_ |= outcome.accepted;
            if (outcome.accepted) return;
            refused("answer", outcome);
            owner_.leg_over(end_reason::carrier_failed);
          });
}

void carrier_leg::dial() {
  dialling_ = true;
  is_down_ = false;
  owner_.send_command({{},
                       "dial",
                       telnyx::dial_body({
                           .connection_id = settings_.carrier.connection_id,
                           .to = origin_.to,
                           .from = origin_.from,
                           .timeout_seconds = origin_.ring_seconds,
                           .time_limit_seconds = whole_seconds(settings_.limits.max_call),
                           .detection = telnyx::read_machine_detection(origin_.machine_detection)
                                            .value_or(telnyx::machine_detection::disabled),
                           .stream_url = streams_when_answered_ ? std::string() : stream_url(),
                           .codec = settings_.carrier.codec,
                           .client_state = label(false),
                           .command_id = next_id("dial"),
                       })},
                      [this](const command_outcome& outcome) { on_dialled(outcome); });
}

void carrier_leg::on_dialled(const command_outcome& outcome) {
  dialling_ = false;
  const auto then = std::exchange(when_dialled_, nullptr);
  const auto& known = origin_.carrier_call_id;
  if (!outcome.accepted && known.empty()) {
    is_down_ = true;
    refused("dial", outcome);
    owner_.leg_noted("carrier_error", outcome.code.empty() ? outcome.detail : outcome.code);
    owner_.leg_over(end_reason_of(telnyx::obstacle_of(outcome.code)));
  } else if (outcome.accepted && known.empty()) {
    named(outcome.carrier_call_id);
  } else if (outcome.accepted && known != outcome.carrier_call_id) {
    spdlog::error("carrier's stream names another leg than the one that was dialled call={}", origin_.id);
    origin_.carrier_call_id = outcome.carrier_call_id;
    owner_.leg_named(outcome.carrier_call_id);
    owner_.leg_over(end_reason::carrier_failed);
  }
  if (then) then();
}

void carrier_leg::named(const std::string& carrier_call_id) {
  if (!origin_.carrier_call_id.empty()) return;
  origin_.carrier_call_id = carrier_call_id;
  is_accepted_ = true;
  owner_.leg_named(carrier_call_id);
}

void carrier_leg::on_webhook(const telnyx::webhook& event) {
  using enum telnyx::webhook_type;
  const auto known = telnyx::read_leg_label(event.client_state);
  if (known && known->role == telnyx::leg_role::transfer) return on_far_leg(event);
  // A webhook may be faster than the answer to `dial`…
  if (dialling_) named(event.call_control_id);
  switch (event.type) {
    case call_answered:
      answered_ = true;
      is_ours_ = true;
      owner_.leg_answered();
      if (std::exchange(streams_when_answered_, false)) start_stream();
      break;
    case call_hangup:
      on_hangup(event);
      break;
    case call_bridged:
      bridged();
      break;
    case streaming_failed:
      spdlog::warn("carrier's stream failed call={} reason={}", origin_.id, event.failure_reason);
      if (request_.is_open()) {
        request_.on_failed(event.failure_reason);
      } else if (!streaming_ && !pauses_) {
        stream_lost();
      }
      break;
    case streaming_stopped:
      request_.on_stopped();
      break;
    case call_machine_detection_ended:
    case call_machine_premium_detection_ended:
      on_detection(event);
      break;
    case call_machine_greeting_ended:
    case call_machine_premium_greeting_ended:
      on_greeting_over(event);
      break;
    case call_hold:
    case call_unhold:
      owner_.caller_held(event.type == call_hold);
      break;
    case call_speak_ended:
      if (!last_reason_.empty()) owner_.leg_over(last_reason_);
      break;
    default:
      break;
  }
}

void carrier_leg::on_hangup(const telnyx::webhook& event) {
  is_down_ = true;
  stop_asking();
  owner_.leg_over(released_ ? end_reason::transferred : reason_of(event));
}

std::string_view carrier_leg::reason_of(const telnyx::webhook& hangup) const {
  const std::string_view cause = hangup.hangup_cause;
  if (cause == "time_limit") return end_reason::max_duration;
  if (origin_.direction == call_direction::incoming || answered_) return end_reason::caller_hung_up;
  if (cause == "user_busy") return end_reason::busy;
  if (cause == "timeout" || cause == "no_answer") return end_reason::no_answer;
  if (cause == "call_rejected") return end_reason::rejected;
  // The answer's webhook may still be on its way.
  return cause == "normal_clearing" ? end_reason::caller_hung_up : end_reason::unreachable;
}

void carrier_leg::on_detection(const telnyx::webhook& event) {
  owner_.leg_noted("answered_by", event.result);
  answered_by_ = event.result;
  const bool machine = event.result == "machine" || event.result == "fax_detected";
  if (machine && origin_.ends_at_machine) return owner_.leg_over(end_reason::machine);
  if (event.result == "machine") owner_.machine_heard(false, false);
}

/// May overtake what was detected; where nothing was for sure, only a beep makes it a machine.
void carrier_leg::on_greeting_over(const telnyx::webhook& event) {
  const bool beep = event.result == "beep_detected";
  const bool machine =
      answered_by_.empty() || answered_by_ == "machine" || (answered_by_ == "not_sure" && beep);
  if (machine && !origin_.ends_at_machine) owner_.machine_heard(true, beep);
}

void carrier_leg::transfer(const std::string& to) {
  transferring_ = true;
  stop_asking();
  await_transfer();
  command("transfer",
          telnyx::transfer_body(
              {.to = to,
               .timeout_seconds = transfer_ring_seconds,
               .time_limit_seconds = std::clamp(whole_seconds(settings_.limits.max_call), 30U, 14400U),
               .target_leg_client_state = label(true),
               .command_id = next_id("transfer")}),
          [this](const command_outcome& outcome) {
            if (outcome.accepted) return;
            refused("transfer", outcome);
            give_up_transfer(outcome.code.empty() ? outcome.detail : outcome.code);
          });
}

void carrier_leg::await_transfer() {
  transfer_limit_ = owner_.after(std::chrono::seconds(transfer_ring_seconds) + transfer_slack,
                                 [this] { give_up_transfer("the carrier said nothing"); });
}

void carrier_leg::on_far_leg(const telnyx::webhook& event) {
  if (event.type == telnyx::webhook_type::call_bridged) bridged();
  if (event.type == telnyx::webhook_type::call_hangup) give_up_transfer(event.hangup_cause);
}

/// From now on the leg lives without us; its label says so to whoever finds it.
void carrier_leg::bridged() {
  if (!transferring_ || released_) return;
  released_ = true;
  transferring_ = false;
  transfer_limit_.cancel();
  command("client_state_update",
          telnyx::client_state_update_body(
              telnyx::to_text({telnyx::leg_role::released, shared_.node, origin_.id})),
          [](const command_outcome&) {});
  owner_.leg_over(end_reason::transferred);
}

void carrier_leg::give_up_transfer(std::string_view why) {
  if (!std::exchange(transferring_, false)) return;
  transfer_limit_.cancel();
  spdlog::warn("transfer failed call={} why={}", origin_.id, why);
  owner_.leg_noted("transfer_failed", why);
  if (!streaming_) start_stream();
  owner_.transfer_failed();
}

void carrier_leg::press(const std::string& keys) {
  command("send_dtmf", telnyx::send_dtmf_body(keys, 0, next_id("send_dtmf")),
          [this](const command_outcome& outcome) {
            if (!outcome.accepted) refused("send_dtmf", outcome);
          });
}

void carrier_leg::play(const std::string& url, telnyx::playing how) {
  command("playback_start", telnyx::playback_start_body(url, next_id("playback_start"), how),
          [this](const command_outcome& outcome) {
            if (!outcome.accepted) refused("playback_start", outcome);
          });
}

void carrier_leg::stop_playing() {
  command("playback_stop", telnyx::playback_stop_body(next_id("playback_stop")),
          [this](const command_outcome& outcome) {
            if (!outcome.accepted) refused("playback_stop", outcome);
          });
}

void carrier_leg::speak_last(const std::string& text, std::string_view end_reason) {
  streamless_ = true;
  last_reason_ = end_reason;
  stop_asking();
  // The carrier does not speak on a leg while it streams.
  command("streaming_stop", telnyx::streaming_stop_body({}, next_id("streaming_stop")),
          [this, text](const command_outcome&) {
            command("speak",
                    telnyx::speak_body({.text = text,
                                        .language = telnyx::spoken_language(settings_.scribe.language),
                                        .command_id = next_id("speak")}),
                    [this](const command_outcome& outcome) {
                      if (outcome.accepted) return;
                      refused("speak", outcome);
                      owner_.leg_over(last_reason_);
                    });
          });
}

void carrier_leg::hang_up(std::function<void()> done) {
  stop_asking();
  transfer_limit_.cancel();
  if (dialling_ && origin_.carrier_call_id.empty()) {
    when_dialled_ = [this, done = std::move(done)] { hang_up(done); };
    return;
  }
  if (settled()) return done();
  owner_.send_command({origin_.carrier_call_id, "hangup", telnyx::hangup_body(next_id("hangup"))},
                      [this, done = std::move(done)](const command_outcome& outcome) {
                        if (!outcome.accepted) refused("hangup", outcome);
                        done();
                      });
}

}  // namespace tandem
