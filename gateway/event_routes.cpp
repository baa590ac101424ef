#include "actors/event_sink.hpp"
#include "gateway/network/open_body.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// What may wait for a reader: more than is remembered for those who come back, which is written at once.
constexpr std::size_t waiting_bound = std::size_t{2} * 1024 * 1024;

/// The stream of one client.
class client_stream final : public event_sink {
 public:
  explicit client_stream(std::unique_ptr<open_body::writer> body) : body_(std::move(body)) {}

  bool write(const std::string& text) override { return body_->write(text); }

 private:
  std::unique_ptr<open_body::writer> body_;
};

server_answer stream_answer(std::shared_ptr<open_body::reader> body) {
  return {.content_type = "text/event-stream",
          // Proxies are not to wait for more of it.
          .headers = {{"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}},
          .open = std::move(body)};
}

/// Answers with the events that the command asks for.
void watch(const route_context& context, watch_events command, const respond& answer) {
  auto [write, read] = open_body::make(waiting_bound);
  command.to = std::make_shared<client_stream>(std::move(write));
  context.ask->ask<watch_ruling>(
      context.events, std::move(command),
      [answer, body = read](const watch_ruling& ruling) {
        // What EventSource takes as the end, where it would come back after any other.
        if (ruling.outcome == watch_outcome::nothing_left) return answer({.status = 204});
        if (ruling.outcome == watch_outcome::too_many)
          return answer(error_answer(503, "busy", "too many streams of events are open"));
        answer(stream_answer(body));
      },
      [answer] { answer(busy_answer()); });
}

std::string last_seen(const routed_request& asked) {
  return std::string(asked.request.head.header("Last-Event-ID"));
}

void all_events(const routed_request& asked) {
  watch(*asked.context, {.last_seen = last_seen(asked)}, asked.answer);
}

void call_events(const routed_request& asked) {
  asked.context->ask->ask<call_history>(
      asked.context->records, find_call{asked.argument},
      [answer = asked.answer, context = asked.context, seen = last_seen(asked)](const call_history& history) {
        if (history.call.empty()) return answer(history.complete ? unknown_call_answer() : store_answer());
        const auto& call = history.call.front();
        watch(*context, {.call_id = call.id, .is_over = call.state == call_state::ended, .last_seen = seen},
              answer);
      },
      [answer = asked.answer] { answer(busy_answer()); });
}

constexpr std::array routes{
    route{"GET", "/v1/events", all_events},
    route{"GET", "/v1/calls/{id}/events", call_events},
};

}  // namespace

std::span<const route> event_routes() { return routes; }

}  // namespace tandem
