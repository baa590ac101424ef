#include "tests/lab/carrier.hpp"
#include "tests/lab/carrier_leg.hpp"

#include <utility>

/// A leg's streams: one after the other, and what becomes of one when another is wanted.
namespace tandem::lab {

std::optional<second_stream> read_second_stream(std::string_view name) {
  if (name == "replaces") return second_stream::replaces;
  if (name == "refuses") return second_stream::refuses;
  if (name == "waits") return second_stream::waits;
  return std::nullopt;
}

/// A leg that has a stream gets here only when another one is not refused.
void carrier::start_stream(leg& call, const std::string& url) {
  if (!call.stream) return open_stream(call, url);
  call.next_stream_url = url;
  if (options_.second_stream != second_stream::waits) stop_stream(call);
}

void carrier::open_stream(leg& call, const std::string& url) {
  call.over.stream_url = url;
  call.over.streams_before = call.streams++;
  call.drop_stream();
  notify(call, "streaming.started");
  auto over = call.over;
  if (options_.reroute) over.stream_url = options_.reroute(url);
  if (options_.on_stream) {
    over.news = [this, id = call.id(), from = call.over.from, which = call.streams, url](stream_news what) {
      options_.on_stream({id, from, which, url}, what);
    };
  }
  call.stream =
      std::make_unique<phone>(home_, *links_, std::move(over), *call.who,
                              [this, id = call.id(), which = call.streams](const std::string& why) {
                                // From inside the phone, which is freed by what follows.
                                home_.post([this, id, which, why] { on_stream_over(id, which, why); });
                              });
}

void carrier::on_stream_over(const std::string& id, unsigned which, const std::string& why) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  auto& call = *found->second;
  if (call.stopped.erase(which) != 0 || which != call.streams || !call.has_live_stream()) return;
  if (options_.webhook_url.empty()) return finish(id, "stream", why);
  if (call.stream->hung_up()) return finish(id, "caller", why);
  stream_is_over(call, why.empty() ? "streaming.stopped" : "streaming.failed");
}

/// The stream is over at once: its connection is closed in its own time, since an engine that stands still
/// answers nothing.
void carrier::stop_stream(leg& call) {
  if (!call.stream || call.stream->hung_up()) return;
  if (!call.lost_stream) {
    call.stream->hang_up();
    call.counts.add(call.stream->counts());
    call.stopped[call.streams] = std::move(call.stream);
  }
  stream_is_over(call, "streaming.stopped");
}

/// Tells of it; then it is the turn of the one that waits.
void carrier::stream_is_over(leg& call, std::string_view event_type) {
  call.drop_stream();
  auto event = event_of(call, event_type);
  if (event.type == telnyx::webhook_type::streaming_failed) event.failure_reason = "connection_failed";
  send(event);
  if (const auto next = std::exchange(call.next_stream_url, {}); !next.empty()) open_stream(call, next);
}

void carrier::drop_streams() {
  for (auto& [id, call] : calls_) {
    if (call->stream) call->stream->drop();
  }
}

void carrier::lose_streams() {
  for (auto& [id, call] : calls_) {
    if (!call->stream) continue;
    call->lost_stream = true;
    call->stream->drop();
  }
}

void carrier::freeze_streams() {
  for (auto& [id, call] : calls_) {
    if (call->stream) call->stream->freeze();
  }
}

}  // namespace tandem::lab
