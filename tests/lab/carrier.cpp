#include "tests/lab/carrier.hpp"

#include "gateway/signature.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/telnyx/carrier_control.hpp"
#include "tests/lab/carrier_leg.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

// Late commands for a call that is over are told so, as Telnyx does for a while.
constexpr std::size_t remembered_calls = 10000;

constexpr auto detection_time = 100ms;
constexpr auto speaking_time = 300ms;
/// How often a person without a stream is asked whether they hang up.
constexpr auto look_pause = 50ms;

/// Somebody who says nothing and stays.
class quiet_person final : public person {
 public:
  void speak(moment, frame& out) override { out.fill(0xFF); }
  void hear(moment, const frame&, bool) override {}
};

delivery_options delivery_of(const carrier_options& options) {
  auto delivery = options.delivery;
  delivery.url = options.webhook_url;
  return delivery;
}

wall_time wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// What the events of a stream, of speech and of sound files leave out.
bool tells_parties(std::string_view event_type) {
  return !event_type.starts_with("streaming.") && !event_type.starts_with("call.speak.") &&
         !event_type.starts_with("call.playback.");
}

/// What `call.hangup` calls the end of a call that was turned away with this cause.
std::string_view rejection_of(std::string_view cause) {
  return cause == "CALL_REJECTED" ? "call_rejected" : "user_busy";
}

}  // namespace

std::string now_text() { return to_rfc3339(wall_now()); }

callee callee_of(std::string_view number) {
  if (number.ends_with("01")) return callee::busy;
  if (number.ends_with("02")) return callee::no_answer;
  if (number.ends_with("03")) return callee::machine;
  if (number.ends_with("04")) return callee::rejects;
  if (number.ends_with("05")) return callee::unknown;
  return callee::answers;
}

carrier::carrier(asio_loop& home, carrier_options options)
    : home_(home),
      options_(std::move(options)),
      courier_(home, delivery_of(options_)),
      links_(make_link_connector()),
      server_(std::make_unique<http_server>(
          std::vector<asio_loop*>{&home}, server_settings{.host = options_.host, .port = options_.port},
          server_handlers{
              .on_request = [this](server_request request,
                                   const respond& answer) { take(std::move(request), answer); },
              .on_upgrade = [](std::unique_ptr<upgrade> stream) { stream->refuse({.status = 404}); },
          })),
      chance_(options_.seed) {}

carrier::~carrier() {
  server_->stop();
  std::promise<void> cleared;
  home_.post([&] {
    courier_.clear();
    late_.clear();
    calls_.clear();
    cleared.set_value();
  });
  cleared.get_future().wait();
}

void carrier::start() { server_->start(); }

std::uint16_t carrier::port() const { return server_->port(); }

carrier::leg& carrier::new_leg(std::string from, std::string to, telnyx::codec codec) {
  auto id = "v3:" + random_id();
  auto& call = *calls_.emplace(id, std::make_unique<leg>()).first->second;
  const auto latency =
      options_.latencies ? options_.latencies(from) : line_latency{options_.to_engine, options_.from_engine};
  call.over = {.codec = codec,
               .call_control_id = id,
               .from = std::move(from),
               .to = std::move(to),
               .to_engine = latency.to_engine,
               .from_engine = latency.from_engine,
               .keys = options_.keys,
               .key_event_delay = options_.key_event_delay,
               .swaps_key_events = options_.swaps_key_events};
  call.up_since = home_.now();
  static quiet_person nobody;
  call.who = &nobody;
  call.began = wall_now();
  return call;
}

void carrier::place(const std::string& from, const std::string& to, telnyx::codec codec, person& who,
                    std::function<void(const call_outcome&)> over) {
  auto& call = new_leg(from, to, codec);
  call.who = &who;
  call.done = std::move(over);
  if (options_.webhook_url.empty()) return open_stream(call, options_.media_url);
  call.first_command = home_.at(home_.now() + options_.first_command, [this, id = call.id()] {
    finish(id, "unanswered", "no command came", "originator_cancel");
  });
  notify(call, "call.initiated");
}

/// The other end rings, until somebody there does something about it.
void carrier::ring(leg& call, std::chrono::seconds patience, std::function<void(leg&)> when_answered) {
  notify(call, "call.initiated");
  const auto who = options_.callees(call.over.to);
  std::chrono::milliseconds wait = options_.ring;
  if (who == callee::no_answer) {
    wait = patience;
    if (options_.longest_ring > 0ms) wait = std::min(wait, options_.longest_ring);
  }
  call.ringing = home_.at(home_.now() + wait, [this, id = call.id(), who, when_answered] {
    auto& there = *calls_.at(id);
    switch (who) {
      case callee::busy:
        return finish(id, "carrier", "busy", "user_busy");
      case callee::no_answer:
        return finish(id, "carrier", "no answer", "timeout");
      case callee::rejects:
        return finish(id, "carrier", "rejected", "call_rejected");
      case callee::unknown:
        return finish(id, "carrier", "no such number", "not_found");
      case callee::answers:
      case callee::machine:
        break;
    }
    if (options_.answering)
      if (auto* somebody = options_.answering(there.over.to)) there.who = somebody;
    answered(there);
    detect(there, who);
    when_answered(there);
  });
}

void carrier::answered(leg& call) {
  call.answered = true;
  call.answered_at = wall_now();
  notify(call, "call.answered");
  watch_person(call.id());
}

void carrier::detect(leg& call, callee who) {
  if (call.detection.empty() || call.detection == "disabled") return;
  call.speaking = home_.at(home_.now() + detection_time, [this, id = call.id(), who] {
    auto& there = *calls_.at(id);
    const bool premium = there.detection == "premium";
    auto event =
        event_of(there, premium ? "call.machine.premium.detection.ended" : "call.machine.detection.ended");
    event.result = who == callee::machine ? "machine" : premium ? "human_residence" : "human";
    send(event);
    if (who == callee::machine) await_greeting(there);
  });
}

/// Only some ways of detection say that a greeting is over, and how.
void carrier::await_greeting(leg& call) {
  const bool premium = call.detection == "premium";
  const bool beeps = premium || call.detection == "detect_beep";
  if (!beeps && call.detection != "greeting_end") return;
  call.speaking = home_.at(home_.now() + options_.machine_greeting, [this, id = call.id(), premium, beeps] {
    auto event = event_of(*calls_.at(id),
                          premium ? "call.machine.premium.greeting.ended" : "call.machine.greeting.ended");
    event.result = beeps ? "beep_detected" : "ended";
    send(event);
  });
}

void carrier::transfer(leg& call, const command& wanted) {
  auto& far = new_leg(wanted.from.empty() ? call.over.to : wanted.from, wanted.to, call.over.codec);
  far.outgoing = true;
  far.over.client_state = wanted.target_leg_client_state;
  far.other = far.transfer_of = call.id();
  call.other = far.id();
  ring(far, std::chrono::seconds(wanted.timeout_seconds), [this](leg& there) {
    const auto near = calls_.find(there.other);
    if (near == calls_.end()) return finish(there.id(), "carrier", "the caller has gone");
    bridge(*near->second, there);
  });
}

void carrier::bridge(leg& one, leg& other) {
  one.other = other.id();
  other.other = one.id();
  // Whatever streamed gives way to the other party.
  for (auto* each : {&one, &other}) {
    stop_stream(*each);
    notify(*each, "call.bridged");
  }
}

void carrier::speak(leg& call, const std::string& text) {
  call.spoken += text;
  notify(call, "call.speak.started");
  call.speaking = home_.at(home_.now() + speaking_time,
                           [this, id = call.id()] { notify(*calls_.at(id), "call.speak.ended"); });
}

/// A person whose leg has no stream may hang up as well.
void carrier::watch_person(const std::string& id) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  auto& call = *found->second;
  if (!call.has_live_stream() && call.who->hangs_up(home_.now())) return finish(id, "caller", "");
  call.next_look = home_.at(home_.now() + look_pause, [this, id] { watch_person(id); });
}

telnyx::webhook carrier::event_of(const leg& call, std::string_view event_type) const {
  telnyx::webhook event;
  event.id = random_id();
  event.type = telnyx::webhook_type_of(event_type);
  event.event_type = event_type;
  event.occurred_at = to_rfc3339(wall_now());
  event.call_control_id = event.call_leg_id = event.call_session_id = call.id();
  event.connection_id = options_.connection_id.empty() ? "lab" : options_.connection_id;
  event.client_state = call.over.client_state;
  if (tells_parties(event_type)) {
    event.from = call.over.from;
    event.to = call.over.to;
  }
  if (event.type == telnyx::webhook_type::call_initiated) {
    event.direction = call.outgoing ? "outgoing" : "incoming";
    event.state = call.outgoing ? "bridging" : "parked";
  }
  if (event.type == telnyx::webhook_type::call_answered) event.state = "answered";
  if (event.type == telnyx::webhook_type::streaming_started ||
      event.type == telnyx::webhook_type::streaming_stopped)
    event.stream_url = call.over.stream_url;
  return event;
}

void carrier::send(const telnyx::webhook& event) {
  const auto body = telnyx::carrier::webhook_body(event);
  if (const auto call = calls_.find(event.call_control_id); call != calls_.end())
    call->second->events.push_back({event.event_type, "webhook", body, event.occurred_at});
  courier_.deliver(body);
}

void carrier::finish(std::string id, std::string_view ended_by, std::string_view detail,
                     std::string_view cause) {
  auto found = calls_.extract(id);
  if (!found) return;
  auto call = std::shared_ptr<leg>(std::move(found.mapped()));
  call_outcome outcome{.call_control_id = id,
                       .ended_by = std::string(ended_by),
                       .detail = std::string(detail),
                       .counts = call->counts,
                       .outgoing = call->outgoing,
                       .answered = call->answered,
                       .from = call->over.from,
                       .to = call->over.to,
                       .hangup_cause = std::string(cause),
                       .client_state = call->over.client_state,
                       .transfer_of = call->transfer_of,
                       .began = call->began,
                       .answered_at = call->answered_at,
                       .ended = wall_now(),
                       .keys = call->keys,
                       .spoken = call->spoken,
                       .streams = call->streams};
  for (auto* each : {&call->first_command, &call->ringing, &call->speaking, &call->next_look}) each->cancel();
  if (call->stream) {
    outcome.counts.add(call->stream->counts());
    if (call->stream->hung_up()) outcome.ended_by = "caller";
    call->stream->hang_up();
    notify(*call, "streaming.stopped");
  }
  auto event = event_of(*call, "call.hangup");
  event.state = "hangup";
  const bool rejected = outcome.ended_by == "rejected";
  const bool by_engine = outcome.ended_by == "engine" || rejected;
  event.hangup_cause = rejected ? rejection_of(detail) : outcome.hangup_cause;
  event.hangup_source = by_engine == call->outgoing ? "caller" : "callee";
  send(event);
  ended_.push_back(id);
  if (ended_.size() > remembered_calls) ended_.pop_front();
  // Who is bridged goes down together; a leg that only rang for it leaves it alone.
  if (!call->other.empty() && call->answered) {
    if (const auto other = calls_.find(call->other);
        other != calls_.end() && other->second->answered && other->second->other == id)
      finish(call->other, "carrier", "the other party has gone");
  }
  // The phone may still be sending its `stop`.
  home_.post([kept = call] {});
  if (call->done) call->done(outcome);
  if (options_.leg_over) options_.leg_over(outcome);
  if (call->outgoing && options_.placed_over) options_.placed_over(outcome);
}

void carrier::hang_up_all() {
  std::vector<std::string> ids;
  for (const auto& [id, call] : calls_) ids.push_back(id);
  for (const auto& id : ids) {
    const auto found = calls_.find(id);
    if (found == calls_.end()) continue;
    if (found->second->has_live_stream()) {
      found->second->stream->hang_up();
    } else {
      finish(id, "caller", "");
    }
  }
}

void carrier::hold_all(bool on_hold) {
  for (const auto& [id, call] : calls_) notify(*call, on_hold ? "call.hold" : "call.unhold");
}

}  // namespace tandem::lab
