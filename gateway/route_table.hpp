#pragma once

#include "gateway/network/http_server.hpp"
#include "protocols/json.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem {

struct node_list;
struct route_context;

/// A request that found its route; a handler takes copies of what it needs later.
struct routed_request {
  const std::shared_ptr<const route_context>& context;
  const server_request& request;
  /// What the path has in the place of the route's `{…}`, or "".
  std::string argument;
  const respond& answer;
};

/// What one method does at one path.
struct route {
  std::string_view method;
  /// With at most one part like `{id}`, which stands for any that is not empty.
  std::string_view path;
  void (*handle)(const routed_request&);
};

/// Health and metrics, which need no token, and the description of all of it.
std::span<const route> node_routes();

/// What a browser needs to come in.
std::span<const route> session_routes();

/// The operator's console: a page and what it loads; without a token.
std::span<const route> console_routes();

/// Calls as they are remembered.
std::span<const route> call_routes();

/// Calls that are placed, and what is done with calls that go on.
std::span<const route> control_routes();

/// The agent that new calls get: to see, to try and to change.
std::span<const route> agent_routes();

/// A call from a browser; its WebSocket itself goes to `admit_softphone`.
inline constexpr std::string_view softphone_path = "/v1/softphone";

/// A call that goes on is heard; the WebSocket itself goes to `admit_listener`.
inline constexpr std::string_view listen_path = "/v1/calls/{id}/listen";

/// What answers there to who opens no WebSocket.
std::span<const route> socket_routes();

/// What happens to calls, as it happens.
std::span<const route> event_routes();

/// The nodes of the cluster.
std::span<const route> cluster_routes();

/// Gives the nodes of the cluster, or this one where there is none; answers 503 itself when they cannot be
/// had.
void ask_nodes(const routed_request& asked, std::function<void(const node_list&)> done);

/// Campaigns and the do-not-call list.
std::span<const route> campaign_routes();

/// All routes of operators and programs; `openapi.json` describes the same ones.
std::span<const route> all_routes();

/// The routes' OpenAPI 3.1 description, in JSON.
std::string_view openapi_text();

/// What the path has in the place of the pattern's `{…}` ("" when it has none); nothing when they differ.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path);

/// Answers with the route of the request's method and path, or 404 or, with `Allow`, 405.
void dispatch(const std::shared_ptr<const route_context>& context, const server_request& request,
              const respond& answer);

/// Reads the body, `{}` when there is none; answers 413 when it is longer than `bound` bytes and 400 when it
/// is no JSON object.
void with_body(const routed_request& asked, std::size_t bound,
               const std::function<void(const json::value&)>& use);

}  // namespace tandem
