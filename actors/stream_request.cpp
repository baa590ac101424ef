#include "actors/stream_request.hpp"

#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/leg_commands.hpp"

#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// From an accepted `streaming_start` to the stream.
constexpr auto stream_patience = 5s;
/// The same while the leg may have another stream, whose end the carrier may be waiting for.
constexpr auto patience_beside_another = 2s;
/// From an accepted `streaming_stop` to the word that the stream is stopped.
constexpr auto stop_patience = 2s;
/// The same for a start that was refused once: that word may be lost with the node that it went to.
constexpr auto first_stop_patience = 250ms;
constexpr std::uint32_t most_starts = 4;

constexpr std::string_view stream_in_use = "90045";

}  // namespace

void stream_request::enter(step next) {
  at_ = next;
  ++turn_;
  wait_.cancel();
}

void stream_request::send(std::string_view action, std::string body,
                          void (stream_request::*then)(const command_outcome&)) {
  by_.send_command({order_.carrier_call_id, std::string(action), std::move(body)},
                   [this, then, turn = turn_](const command_outcome& outcome) {
                     if (turn == turn_) (this->*then)(outcome);
                   });
}

void stream_request::ask(stream_order order) {
  order_ = std::move(order);
  starts_ = 0;
  other_is_over_ = false;
  dismissal_ = dismissal::none;
  ++orders_;
  code_.clear();
  why_.clear();
  if (order_.other_is_stranded && !order_.other_stream.empty()) dismiss_other();
  start();
}

/// Whatever the carrier makes of a second stream, it has no first one then.
void stream_request::dismiss_other() {
  dismissal_ = dismissal::sent;
  by_.send_command({order_.carrier_call_id, "streaming_stop",
                    telnyx::streaming_stop_body(order_.other_stream, tell_.command_id("streaming_stop"))},
                   [this, order = orders_](const command_outcome&) {
                     if (order != orders_) return;
                     dismissal_ = dismissal::answered;
                     if (at_ == step::stopping && starts_ == 1) await_stop(first_stop_patience);
                   });
}

void stream_request::start() {
  if (starts_ == most_starts) return fail();
  ++starts_;
  accepted_ = false;
  enter(step::starting);
  send("streaming_start",
       telnyx::streaming_start_body({.stream_url = order_.url,
                                     .codec = order_.codec,
                                     .client_state = order_.label,
                                     .command_id = tell_.command_id("streaming_start")}),
       &stream_request::on_start_answered);
}

void stream_request::on_start_answered(const command_outcome& outcome) {
  accepted_ = outcome.accepted;
  code_ = outcome.code;
  why_ = outcome.detail;
  // Without any answer it may have been obeyed.
  if (outcome.accepted || outcome.code.empty()) return await();
  if (outcome.code != stream_in_use) return fail();
  if (dismissal_ != dismissal::none && starts_ == 1) {
    // The start has overtaken the stop.
    if (other_is_over_) return start();
    enter(step::stopping);
    return await_stop(dismissal_ == dismissal::answered ? first_stop_patience : stop_patience);
  }
  // Whatever the leg has does not reach us, so that its id would be a guess.
  order_.may_have_another = true;
  stop({});
}

void stream_request::await() {
  enter(step::coming);
  wait_ = by_.after(may_wait() ? patience_beside_another : stream_patience, [this] { on_none(); });
}

void stream_request::on_none() {
  if (accepted_) why_ = "no stream came";
  if (!may_wait()) return start();
  // By its id, since the new one may be just about to come.
  stop(order_.other_stream);
}

void stream_request::stop(std::string_view stream_id) {
  enter(step::stopping);
  send("streaming_stop", telnyx::streaming_stop_body(stream_id, tell_.command_id("streaming_stop")),
       &stream_request::on_stop_answered);
}

void stream_request::on_stop_answered(const command_outcome& outcome) {
  if (outcome.accepted) {
    await_stop(starts_ == 1 && !accepted_ ? first_stop_patience : stop_patience);
  } else if (telnyx::says_leg_is_gone(outcome.code)) {
    code_ = outcome.code;
    why_ = outcome.detail;
    fail();
  } else {
    go_on();
  }
}

void stream_request::await_stop(std::chrono::milliseconds patience) {
  wait_ = by_.after(patience, [this] { go_on(); });
}

void stream_request::on_stopped() {
  if (at_ == step::stopping) return go_on();
  // The start may have been refused before that.
  if (at_ == step::starting && dismissal_ != dismissal::none) other_is_over_ = true;
}

void stream_request::on_failed(const std::string& why) {
  if (at_ == step::stopping) return go_on();
  if (at_ != step::coming) return;
  if (may_wait()) {
    // That was the other one: now ours can come.
    other_is_over_ = true;
    return await();
  }
  why_ = why.empty() ? "the carrier's stream failed" : why;
  fail();
}

/// There is no other stream any more, as far as can be known.
void stream_request::go_on() {
  other_is_over_ = true;
  accepted_ ? await() : start();
}

void stream_request::fail() {
  enter(step::idle);
  tell_.failed(code_, why_);
}

}  // namespace tandem
