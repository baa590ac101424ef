#include "actors/call_ownership.hpp"

#include "actors/cluster/call_pass.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto claim_deadline = 1s;
/// Between claims that nobody answered, and between tries to give the call away.
constexpr auto next_claim_wait = 1s;
constexpr auto next_try_wait = 1s;

/// A value that is in flux is kept so often at most.
constexpr auto value_pause = 500ms;
constexpr auto describe_deadline = 1s;
/// So often a call that is to go looks for a pause.
constexpr auto pause_look = 250ms;
/// Covers the offer to another node and its answer.
constexpr auto move_deadline = 5s;
constexpr auto route_deadline = 2s;
constexpr std::size_t most_webhooks = 64;

constexpr auto end_look = 20ms;
/// A store that was away so long has given the call to somebody else, if there is anybody.
constexpr auto longest_doubt = 10min;
/// The process does not wait for longer.
constexpr auto longest_doubt_of_shutdown = 5s;

}  // namespace

call_ownership::call_ownership(actor& self, movable_call& call, leg_commander& clock, const services& shared,
                               const call_origin& origin, pass_gate::sender send)
    : self_(self),
      call_(call),
      clock_(clock),
      shared_(shared),
      call_id_(origin.id),
      carrier_call_id_(origin.carrier_call_id),
      is_shared_(origin.controlled && shared.switchboard),
      gate_(clock, std::move(send)),
      waits_(static_cast<std::uint32_t>(std::hash<std::string>{}(origin.id))) {
  gate_.use(origin.pass);
}

void call_ownership::claim(std::function<void(bool)> begin) {
  if (!is_shared_) return begin(false);
  is_claiming_ = true;
  begin_ = std::move(begin);
  ask_whose();
}

void call_ownership::ask_whose() {
  self_.request(shared_.switchboard, claim_deadline, claim_call{call_id_, carrier_call_id_})
      .then([this](const claim_ruling& ruling) { on_ruling(ruling); },
            [this](const caf::error&) { on_ruling({}); });
}

void call_ownership::on_ruling(const claim_ruling& ruling) {
  if (ruling.whose == claim_outcome::anothers) return call_.forsake({});
  if (ruling.pass) {
    use(ruling.pass);
  } else if (!is_over_ && !gate_.pass()) {
    next_claim_ = clock_.after(next_claim_wait, [this] { ask_whose(); });
  }
  if (!std::exchange(is_claiming_, false) || !end_reason_.empty()) return;
  std::exchange(begin_, nullptr)(ruling.whose == claim_outcome::unknown);
}

void call_ownership::use(const std::shared_ptr<const call_pass>& pass) {
  if (is_over_ || pass == gate_.pass()) return;
  gate_.use(pass);
  call_.use_pass(pass);
  changed(true);
}

void call_ownership::named(const std::string& carrier_call_id) {
  carrier_call_id_ = carrier_call_id;
  if (!is_shared_ || is_over_) return;
  ask_whose();
  changed(true);
}

void call_ownership::changed(bool settled) {
  if (!is_shared_ || is_over_) return;
  is_changed_ = true;
  is_settled_ |= settled;
  look();
}

void call_ownership::give_away(bool at_once) {
  if (!is_shared_ || is_over_) return;
  is_wanted_ = true;
  if (at_once && !std::exchange(at_once_, true)) next_try_ = clock_.now();
  look();
}

bool call_ownership::is_to_move() const {
  return is_wanted_ && end_reason_.empty() && clock_.now() >= next_try_ && is_certain() &&
         call_.may_move(at_once_);
}

/// Nobody can have a call of which the carrier's id is not known.
void call_ownership::look() {
  if (is_over_ || is_describing_ || is_moving_ || !gate_.pass() || carrier_call_id_.empty()) return;
  const auto now = clock_.now();
  const bool is_due = is_settled_ || (is_changed_ && now >= described_at_ + value_pause);
  if (is_due || is_to_move()) return describe();
  if (is_wanted_) {
    look_after(pause_look);
  } else if (is_changed_) {
    look_after(described_at_ + value_pause - now);
  }
}

void call_ownership::look_after(std::chrono::nanoseconds wait) {
  next_look_ = clock_.after(wait, [this] { look(); });
}

void call_ownership::describe() {
  const bool was_changed = std::exchange(is_changed_, false);
  const bool was_settled = std::exchange(is_settled_, false);
  described_at_ = clock_.now();
  is_describing_ = true;
  const auto talk = call_.talk();
  if (!talk) return on_described({.json = {}, .pauses = true}, was_changed, was_settled);
  self_.request(talk, describe_deadline, describe_dialogue{})
      .then([this, was_changed, was_settled](
                dialogue_value& value) { on_described(std::move(value), was_changed, was_settled); },
            [this](const caf::error&) {
              is_describing_ = false;
              is_changed_ = true;
              if (!is_over_) look_after(value_pause);
            });
}

void call_ownership::on_described(dialogue_value talk, bool was_changed, bool was_settled) {
  is_describing_ = false;
  if (is_over_) return;
  auto value = call_.value();
  if (!talk.json.empty()) value.talk = std::move(talk.json);
  if (is_to_move() && (talk.pauses || at_once_)) return move(value.to_json());
  if (was_changed) self_.send(shared_.switchboard, keep_value{call_id_, value.to_json(), was_settled});
  if (is_settled_) return look();
  if (is_wanted_ || is_changed_) look_after(is_wanted_ ? pause_look : value_pause);
}

void call_ownership::move(std::string value) {
  is_moving_ = true;
  gate_.hold(true);
  self_.request(shared_.switchboard, move_deadline, move_call{call_id_, std::move(value)})
      .then([this](const move_ruling& ruling) { on_moved(ruling); },
            [this](const caf::error& failure) {
              on_moved({.moved = false, .node = {}, .why = caf::to_string(failure)});
            });
}

void call_ownership::on_moved(const move_ruling& ruling) {
  if (is_over_) return;
  if (ruling.moved) return call_.forsake(ruling.node);
  spdlog::info("call stays call={} why={}", call_id_, ruling.why);
  is_moving_ = false;
  gate_.hold(false);
  next_try_ = clock_.now() + next_try_wait + waits_.spread();
  // What was offered has not been kept.
  is_changed_ = true;
  for (const auto& event : std::exchange(webhooks_, {})) call_.take(event);
  look();
}

bool call_ownership::puts_off(const webhook_received& event) {
  if (!is_moving_ || webhooks_.size() >= most_webhooks) return false;
  webhooks_.push_back(event);
  return true;
}

bool call_ownership::puts_off_end(std::string_view reason) {
  if (!is_shared_ || is_over_ || is_certain()) return false;
  const auto now = clock_.now();
  if (end_reason_.empty()) {
    end_reason_ = reason;
    end_by_ = now + longest_doubt;
    next_end_look_ = clock_.after(end_look, [this] { look_at_end(); });
  }
  if (reason == end_reason::shutdown) end_by_ = std::min<moment>(end_by_, now + longest_doubt_of_shutdown);
  return true;
}

/// A call that is perhaps another's must not be written down as ended.
void call_ownership::look_at_end() {
  if (is_certain()) return call_.end(std::string(end_reason_));
  if (clock_.now() >= end_by_) return call_.forsake({});
  next_end_look_ = clock_.after(end_look, [this] { look_at_end(); });
}

void call_ownership::stop() {
  is_over_ = true;
  next_look_.cancel();
  next_claim_.cancel();
  next_end_look_.cancel();
}

void call_ownership::end_lease() {
  if (is_shared_) self_.send(shared_.switchboard, tandem::end_lease{call_id_});
}

void call_ownership::leave() {
  stop();
  gate_.shut();
  for (auto& event : std::exchange(webhooks_, {})) {
    self_.request(shared_.switchboard, route_deadline, route_webhook{std::move(event.event)})
        .then([](const webhook_ruling&) {}, [](const caf::error&) {});
  }
}

}  // namespace tandem
