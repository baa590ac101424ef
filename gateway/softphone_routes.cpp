#include "gateway/api_session.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/stream_door.hpp"

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

constexpr std::string_view softphone_path = "/v1/softphone";

/// Whether a page of this node asks, or a program. Browsers let any page open a WebSocket to anywhere and add
/// the session's cookie, but say whose page it is.
bool is_own(const request_head& head) {
  const auto origin = head.header("origin");
  if (!origin.empty()) return is_same_origin(origin, head.header("host"));
  return head.header("cookie").empty() || head.header("authorization").starts_with("Bearer ");
}

void say_how(const routed_request& asked) {
  auto answer = error_answer(426, "no_websocket", "a WebSocket is expected here");
  answer.headers.emplace_back("Upgrade", "websocket");
  asked.answer(std::move(answer));
}

constexpr std::array routes{route{"GET", softphone_path, say_how}};

}  // namespace

std::span<const route> softphone_routes() { return routes; }

void admit_softphone(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream) {
  const auto& head = stream->head();
  if (head.path != softphone_path) return stream->refuse(error_answer(404, "not_found", "no such stream"));
  if (is_own(head)) return admit_stream(context, std::move(stream), {.is_softphone = true});
  context->measure->connection_failures(peer::admin, connection_failure::unauthorised).Increment();
  spdlog::warn("softphone refused reason=\"page of another origin\" from={}", head.remote);
  stream->refuse(error_answer(403, "foreign_origin",
                              "Origin is not this Host: only the console's own page may do this"));
}

}  // namespace tandem
