#include "gateway/exposition.hpp"
#include "gateway/health.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"

#include <array>

#include <caf/all.hpp>

namespace tandem {

namespace {

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

void healthy(const routed_request& asked) {
  const auto ailment = asked.context->well->ailment();
  asked.answer(ailment ? error_answer(503, "failed", *ailment)
                       : server_answer{.body = R"({"healthy":true})"});
}

void ready(const routed_request& asked) {
  const auto& context = *asked.context;
  context.ask->ask<node_description>(
      context.node, describe_node{},
      [answer = asked.answer, member = context.member](const node_description& node) {
        if (node.outlook != refusal::none) {
          const auto [code, why] = reason_of(node.outlook);
          return answer(error_answer(503, code, why));
        }
        if (member && !*member)
          return answer(error_answer(503, "no_member", "the node is not a member of the cluster yet"));
        answer({.body = R"({"ready":true})"});
      },
      [answer = asked.answer] { answer(busy_answer()); });
}

void expose(const routed_request& asked) {
  const auto scope = asked.request.head.parameter("scope");
  const auto shown = [](std::string text) {
    return server_answer{.content_type = std::string(exposition_type), .body = std::move(text)};
  };
  if (scope == "cluster") {
    return ask_nodes(asked, [answer = asked.answer, shown](const node_list& nodes) {
      answer(shown(tandem::expose(nodes)));
    });
  }
  if (!scope.empty() && scope != "node")
    return asked.answer(error_answer(400, "bad_scope", "scope is one of node, cluster"));
  asked.answer(shown(tandem::expose(*asked.context->measure, *asked.context->registry)));
}

constexpr std::array routes{
    route{"GET", "/healthz", healthy},
    route{"GET", "/readyz", ready},
    route{"GET", "/metrics", expose},
    route{"GET", "/openapi.json",
          [](const routed_request& asked) { asked.answer({.body = std::string(openapi_text())}); }},
};

}  // namespace

std::span<const route> node_routes() { return routes; }

}  // namespace tandem
