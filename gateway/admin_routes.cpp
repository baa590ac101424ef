#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/signature.hpp"
#include "protocols/json.hpp"

#include <charconv>
#include <optional>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

constexpr std::uint32_t page_bound = 500;

bool authorised(const route_context& context, const request_head& head) {
  const auto& token = context.values->server.api_token;
  return token.empty() || equal_in_constant_time(head.header("authorization"), "Bearer " + token);
}

/// Why nobody without the token gets further; nothing for whoever has it, or needs none.
std::optional<server_answer> fault_of(const route_context& context, const request_head& head) {
  if (!head.path.starts_with("/v1/") || authorised(context, head)) return std::nullopt;
  context.measure->connection_failures(peer::admin, connection_failure::unauthorised).Increment();
  spdlog::warn("API request refused reason=\"no valid token\" from={}", head.remote);
  return error_answer(401, "unauthorised", "Authorization: Bearer <server.api_token> is needed");
}

void on_request(const std::shared_ptr<const route_context>& context, const server_request& request,
                const respond& reply) {
  const auto& head = request.head;
  if (auto fault = fault_of(*context, head)) return reply(std::move(*fault));
  const bool known = authorised(*context, head);
  const respond answer = [reply, known](server_answer made) {
    made.known_peer = known;
    reply(std::move(made));
  };
#ifdef TANDEM_CHAOS
  if (head.path.starts_with("/chaos/")) return chaos_route(head, answer);
#endif
  dispatch(context, request, answer);
}

}  // namespace

std::optional<std::uint32_t> page_limit(const request_head& head) {
  const auto text = head.parameter("limit");
  std::uint32_t limit = 50;
  if (text.empty()) return limit;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (fault != std::errc{} || end != text.data() + text.size() || limit < 1 || limit > page_bound)
    return std::nullopt;
  return limit;
}

server_answer error_answer(unsigned status, std::string_view code, std::string_view message) {
  server_answer answer{.status = status};
  answer.body = R"({"error":{"code":)";
  json::append_quoted(answer.body, code);
  answer.body += R"(,"message":)";
  json::append_quoted(answer.body, message);
  answer.body += "}}";
  return answer;
}

server_answer busy_answer() { return error_answer(503, "busy", "the node did not answer in time"); }

server_answer store_answer() { return error_answer(503, "store", "the store cannot be reached now"); }

server_answer unknown_call_answer() { return error_answer(404, "unknown_call", "no call has this id"); }

server_handlers admin_routes(std::shared_ptr<const route_context> context) {
  return {
      .on_head = [context](const request_head& head) { return fault_of(*context, head); },
      .on_request = [context](server_request request,
                              const respond& answer) { on_request(context, request, answer); },
      .on_upgrade =
          [](std::unique_ptr<upgrade> stream) {
            stream->refuse(error_answer(404, "not_found", "no such stream"));
          },
  };
}

}  // namespace tandem
