#include "actors/carrier_leg.hpp"
#include "protocols/telnyx/call_control.hpp"

#include <algorithm>
#include <utility>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

/// A leg's streams: one that is lost while the leg is up is asked for again, after a pause that grows.
namespace tandem {

namespace {

using namespace std::chrono_literals;

/// A caller who hangs up stops the stream a moment before the carrier says that the leg is down.
constexpr auto first_stream_wait = 1s;
constexpr auto longest_stream_wait = 8s;
/// A stream that lasted so long was a good one.
constexpr auto good_stream = 60s;
constexpr std::uint32_t most_streams_lost = 6;

}  // namespace

void carrier_leg::stream_began(const std::string& carrier_call_id, const std::string& stream_id) {
  // … and so may a stream, which came with this call's token.
  if (dialling_ && !carrier_call_id.empty()) named(carrier_call_id);
  if (stream_began_ != moment{}) shared_.measure->reconnects(peer::telnyx).Increment();
  answered_ = true;
  streaming_ = true;
  stream_began_ = owner_.now();
  stream_id_ = stream_id;
  stop_asking();
}

void carrier_leg::stream_lost() {
  if (std::exchange(streaming_, false) && owner_.now() - stream_began_ >= good_stream) streams_lost_ = 0;
  if (!wants_stream() || request_.is_open()) return;
  if (++streams_lost_ > most_streams_lost) return owner_.leg_over(end_reason::no_media);
  const auto shift = std::min(streams_lost_ - 1, 3U);
  pauses_ = true;
  next_stream_ = owner_.after(
      std::min<std::chrono::milliseconds>(first_stream_wait * (1U << shift), longest_stream_wait), [this] {
        pauses_ = false;
        start_stream();
      });
}

void carrier_leg::stream_silent() {
  if (streaming_ && wants_stream() && !request_.is_open()) ask_for_stream();
}

void carrier_leg::stream_heard() {
  if (streaming_) request_.cancel();
}

void carrier_leg::start_stream() {
  if (wants_stream() && !streaming_) ask_for_stream();
}

void carrier_leg::ask_for_stream() {
  request_.ask({.carrier_call_id = origin_.carrier_call_id,
                .url = stream_url(),
                .codec = settings_.carrier.codec,
                .label = label(false),
                .may_have_another = stream_began_ != moment{} || owners_before_ != 0,
                .other_stream = stream_id_,
                .other_is_stranded = origin_.former_is_silent && stream_began_ == moment{}});
}

void carrier_leg::on_stream_refused(const std::string& code, const std::string& why) {
  if (telnyx::says_leg_is_gone(code)) {
    is_down_ = true;
    return owner_.leg_over(end_reason::caller_hung_up);
  }
  if (code == telnyx::call_not_answered) {
    streams_when_answered_ = true;
    return;
  }
  spdlog::warn("carrier has no stream for us call={} code={} why={}", origin_.id, code, why);
  owner_.leg_noted("stream_failed", code.empty() ? why : code);
  stream_lost();
}

void carrier_leg::stop_asking() {
  next_stream_.cancel();
  pauses_ = false;
  finds_out_ = false;
  request_.cancel();
}

}  // namespace tandem
