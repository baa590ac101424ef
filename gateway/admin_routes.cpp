#include "gateway/exposition.hpp"
#include "gateway/file_answers.hpp"
#include "gateway/portal.hpp"
#include "gateway/routes.hpp"
#include "gateway/signature.hpp"
#include "gateway/store/recordings.hpp"
#include "protocols/json.hpp"

#include <charconv>
#include <optional>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

constexpr std::string_view calls_path = "/v1/calls";
constexpr std::string_view callers_path = "/v1/callers/";
constexpr std::uint32_t page_bound = 500;

server_answer store_away() { return error_answer(503, "store", "the store cannot be read now"); }

server_answer no_answer() { return error_answer(503, "busy", "the node did not answer in time"); }

bool authorised(const route_context& context, const request_head& head) {
  const auto& token = context.values->server.api_token;
  return token.empty() || equal_in_constant_time(head.header("authorization"), "Bearer " + token);
}

/// Why a node takes no calls: a word for programs and some for people.
std::pair<std::string_view, std::string_view> reason_of(refusal why) {
  switch (why) {
    case refusal::draining:
      return {"draining", "the node is draining"};
    case refusal::calls:
      return {"full", "limits.max_calls is reached"};
    case refusal::connections:
      return {"connections", "limits.max_connections is reached"};
    case refusal::rate:
      return {"rate", "limits.calls_per_second is reached"};
    case refusal::loop_lag:
      return {"loop_lag", "the event loops run later than limits.loop_lag_ms"};
    case refusal::memory:
      return {"memory", "limits.memory_mb is reached"};
    case refusal::provider:
      return {"provider", "scribe.max_sessions or speech.max_sessions is reached"};
    case refusal::store:
      return {"store", "neither store nor journal takes records"};
    case refusal::none:
      break;
  }
  return {"ready", "the node takes calls"};
}

void ready(const route_context& context, const respond& answer) {
  context.ask->ask<node_description>(
      context.node, describe_node{},
      [answer](const node_description& node) {
        if (node.outlook == refusal::none) return answer({.body = R"({"ready":true})"});
        const auto [code, why] = reason_of(node.outlook);
        answer(error_answer(503, code, why));
      },
      [answer] { answer(no_answer()); });
}

void calls(const route_context& context, const request_head& head, const respond& answer) {
  list_calls query{.state = std::string(head.parameter("state")),
                   .cursor = std::string(head.parameter("cursor"))};
  if (!query.state.empty() && query.state != "ringing" && query.state != "connected" &&
      query.state != "ended") {
    return answer(error_answer(400, "bad_state", "state is one of ringing, connected, ended"));
  }
  const auto limit = page_limit(head);
  if (!limit) return answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
  query.limit = *limit;
  context.ask->ask<call_page>(
      context.records, query,
      [answer](const call_page& page) {
        std::string body = R"({"calls":[)";
        for (const auto& call : page.calls) {
          if (&call != &page.calls.front()) body += ',';
          append_json(body, call);
        }
        body += R"(],"cursor":)";
        if (page.cursor.empty()) {
          body += "null";
        } else {
          json::append_quoted(body, page.cursor);
        }
        if (!page.complete) body += R"(,"complete":false)";
        body += '}';
        answer({.body = std::move(body)});
      },
      [answer] { answer(no_answer()); });
}

std::string call_json(const call_history& history) {
  std::string body;
  append_json(body, history.call.front());
  return body;
}

std::string transcript_json(const call_history& history) {
  std::string body = R"({"turns":[)";
  for (const auto& turn : history.turns) {
    if (&turn != &history.turns.front()) body += ',';
    append_json(body, turn);
  }
  body += "]}";
  return body;
}

void recording(const route_context& context, const request_head& head, const std::string& id,
               const respond& answer) {
  if (context.recorded == nullptr) {
    return answer(error_answer(404, "no_recording", "calls are not recorded: store.recordings is empty"));
  }
  context.ask->ask<call_history>(
      context.records, find_call{id},
      [answer, id, range = std::string(head.header("Range")), kept = context.recorded,
       files = context.files](const call_history& history) {
        if (history.call.empty() && !history.complete) return answer(store_away());
        if (history.call.empty()) return answer(error_answer(404, "unknown_call", "no call has this id"));
        if (const auto file = kept->find(id)) return files->answer(*file, "audio/wav", range, answer);
        const bool is_over = history.call.front().state == call_state::ended;
        answer(error_answer(404, "no_recording",
                            is_over ? "nothing of this call was recorded, or it was deleted"
                                    : "a recording can be had when its call has ended"));
      },
      [answer] { answer(no_answer()); });
}

void one_call(const route_context& context, const request_head& head, std::string_view rest,
              const respond& answer) {
  auto slash = rest.find('/');
  auto what = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  if (what == "recording") return recording(context, head, std::string(rest.substr(0, slash)), answer);
  if (!what.empty() && what != "transcript") return answer(error_answer(404, "not_found", "no such route"));
  auto show = what.empty() ? call_json : transcript_json;
  context.ask->ask<call_history>(
      context.records, find_call{std::string(rest.substr(0, slash))},
      [answer, show](const call_history& history) {
        if (history.call.empty() && !history.complete) return answer(store_away());
        if (history.call.empty()) return answer(error_answer(404, "unknown_call", "no call has this id"));
        answer({.body = show(history)});
      },
      [answer] { answer(no_answer()); });
}

/// What callers may ask for: that nothing is kept of them.
void forget(const route_context& context, std::string_view number, const respond& answer) {
  caf::anon_send(context.campaigns, forget_caller{std::string(number)});
  context.ask->ask<change_kept>(
      context.records, forget_caller{std::string(number)},
      [answer](const change_kept& done) {
        if (!done.durable) return answer(store_away());
        answer({.body = R"({"forgotten":true})"});
      },
      [answer] { answer(no_answer()); });
}

bool is_below(std::string_view path, std::string_view root) {
  return path == root ||
         (path.starts_with(root) && path.size() > root.size() + 1 && path[root.size()] == '/');
}

void on_request(const std::shared_ptr<const route_context>& shared, const server_request& request,
                const respond& reply) {
  const auto& context = *shared;
  const auto& head = request.head;
  std::string_view path = head.path;
  const bool known = authorised(context, head);
  const respond answer = [reply, known](server_answer made) {
    made.known_peer = known;
    reply(std::move(made));
  };
#ifdef TANDEM_CHAOS
  if (path.starts_with("/chaos/")) return chaos_route(head, answer);
#endif
  const bool forgets = path.starts_with(callers_path) && path.size() > callers_path.size();
  const bool posts = head.method == "POST" && is_below(path, calls_path);
  // Each of their routes has methods of its own.
  const bool campaigns = path.starts_with("/v1/campaigns") || path.starts_with("/v1/do-not-call");
  if (head.method != (forgets ? "DELETE" : "GET") && !posts && !campaigns) {
    return answer(error_answer(405, "bad_method",
                               forgets ? "only DELETE is allowed here" : "only GET is allowed here"));
  }
  if (path == "/healthz") return answer({.body = R"({"healthy":true})"});
  if (path == "/readyz") return ready(context, answer);
  if (path == "/metrics") {
    return answer(
        {.content_type = "text/plain; version=0.0.4", .body = expose(*context.measure, *context.registry)});
  }
  if (!path.starts_with("/v1/")) return answer(error_answer(404, "not_found", "no such route"));
  if (!known) {
    context.measure->connection_failures(peer::admin, connection_failure::unauthorised).Increment();
    spdlog::warn("API request refused reason=\"no valid token\" from={}", head.remote);
    return answer(error_answer(401, "unauthorised", "Authorization: Bearer <server.api_token> is needed"));
  }
  if (forgets) return forget(context, path.substr(callers_path.size()), answer);
  if (posts) return control_route(shared, request, answer);
  if (campaigns && campaign_route(shared, request, answer)) return;
  if (path == calls_path) return calls(context, head, answer);
  if (is_below(path, calls_path)) {
    return one_call(context, head, path.substr(calls_path.size() + 1), answer);
  }
  answer(error_answer(404, "not_found", "no such route"));
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

server_handlers admin_routes(std::shared_ptr<const route_context> context) {
  return {
      .on_request = [context](server_request request,
                              const respond& answer) { on_request(context, request, answer); },
      .on_upgrade =
          [](std::unique_ptr<upgrade> stream) {
            stream->refuse(error_answer(404, "not_found", "no such stream"));
          },
  };
}

}  // namespace tandem
