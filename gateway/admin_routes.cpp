#include "gateway/api_session.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/signature.hpp"
#include "protocols/json.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

constexpr std::uint32_t page_bound = 500;
constexpr std::string_view session_path = "/v1/session";
constexpr std::size_t session_body_bound = std::size_t{8} * 1024;

bool has_token(const route_context& context, const request_head& head) {
  const auto& token = context.values->server.api_token;
  return !token.empty() && equal_in_constant_time(head.header("authorization"), "Bearer " + token);
}

bool authorised(const route_context& context, const request_head& head) {
  const auto& token = context.values->server.api_token;
  return token.empty() || has_token(context, head) ||
         has_session(context.secret, token, head.header("cookie"), std::chrono::system_clock::now());
}

void count_refusal(const route_context& context, const request_head& head, std::string_view why) {
  context.measure->connection_failures(peer::admin, connection_failure::unauthorised).Increment();
  spdlog::warn("API request refused reason=\"{}\" from={}", why, head.remote);
}

server_answer refuse(const route_context& context, const request_head& head, std::string_view needed) {
  count_refusal(context, head, "no valid token");
  return error_answer(401, "unauthorised", needed);
}

/// Whether another site may have had the request sent: a browser adds cookies by itself, and comes into an
/// engine without a token from anywhere, but says which page has it ask.
bool is_foreign(const route_context& context, const request_head& head) {
  if (head.method == "GET" || head.method == "HEAD" || has_token(context, head)) return false;
  const auto origin = head.header("origin");
  // Programs name no origin, and without a token they need nothing else.
  if (origin.empty() && context.values->server.api_token.empty()) return false;
  return !is_same_origin(origin, head.header("host"));
}

/// Whether another site's page opens a WebSocket. Browsers let any page open one to anywhere and add the
/// session's cookie, but say whose page it is.
bool is_foreign_socket(const request_head& head) {
  const auto origin = head.header("origin");
  if (!origin.empty()) return !is_same_origin(origin, head.header("host"));
  return !head.header("cookie").empty() && !head.header("authorization").starts_with("Bearer ");
}

server_answer refuse_foreign(const route_context& context, const request_head& head) {
  count_refusal(context, head, "another site's page");
  return error_answer(403, "foreign_origin",
                      "Origin is not this Host: only the console's own page may do this");
}

/// How it is known that somebody may use the API.
std::string_view known_by(const route_context& context, const request_head& head) {
  if (context.values->server.api_token.empty()) return "local";
  return has_token(context, head) ? "token" : "session";
}

/// Why nobody without the token gets further; nothing for whoever has it, needs none, or comes to show it.
std::optional<server_answer> fault_of(const route_context& context, const request_head& head) {
  const bool shows_token = head.path == session_path && head.method == "POST";
  if (!head.path.starts_with("/v1/") || shows_token) return std::nullopt;
  if (!authorised(context, head))
    return refuse(context, head, "Authorization: Bearer <server.api_token> is needed, or a session's cookie");
  const auto host = head.header("host");
  if (context.values->server.api_token.empty() && !host.empty() && !is_loopback_host(host)) {
    count_refusal(context, head, "another site's name");
    return error_answer(403, "foreign_host",
                        "Host is neither localhost nor a loopback address, and there is no server.api_token");
  }
  if (!is_foreign(context, head)) return std::nullopt;
  return refuse_foreign(context, head);
}

/// The token comes in, and a cookie goes out that stands for it.
void begin_session(const routed_request& asked) {
  with_body(asked, session_body_bound, [&](const json::value& body) {
    const auto& context = *asked.context;
    const auto& token = context.values->server.api_token;
    if (!token.empty() && !equal_in_constant_time(json::text_or(body, "token"), token))
      return asked.answer(refuse(context, asked.request.head, "token is not server.api_token"));
    server_answer made{.body = R"({"session":true})"};
    made.headers.emplace_back(
        "Set-Cookie", session_cookie(context.secret, token, std::chrono::system_clock::now() + session_life,
                                     !context.values->server.tls_certificate.empty()));
    made.headers.emplace_back("Cache-Control", "no-store");
    asked.answer(std::move(made));
  });
}

void end_session(const routed_request& asked) {
  asked.answer({.body = R"({"session":false})",
                .headers = {{"Set-Cookie", session_end()}, {"Cache-Control", "no-store"}}});
}

constexpr std::array routes{
    route{"POST", session_path, begin_session},
    route{"DELETE", session_path, end_session},
};

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

void on_upgrade(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream) {
  const auto& head = stream->head();
  if (auto fault = fault_of(*context, head)) return stream->refuse(std::move(*fault));
  const auto listened = match(listen_path, head.path);
  if (head.path != softphone_path && !listened)
    return stream->refuse(error_answer(404, "not_found", "no such stream"));
  if (is_foreign_socket(head)) return stream->refuse(refuse_foreign(*context, head));
  if (!listened) return admit_softphone(context, std::move(stream));
  admit_listener(context, std::move(stream), std::string(*listened), std::string(known_by(*context, head)));
}

}  // namespace

std::span<const route> session_routes() { return routes; }

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
      .on_upgrade = [context](std::unique_ptr<upgrade> stream) { on_upgrade(context, std::move(stream)); },
  };
}

}  // namespace tandem
