#include "gateway/exposition.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "protocols/json_builder.hpp"

#include <array>
#include <string>

#include <caf/all.hpp>
#include <prometheus/gauge.h>

namespace tandem {

namespace {

template <class List, class Append>
void append_list(std::string& out, const List& list, Append append) {
  out += '[';
  bool first = true;
  for (const auto& each : list) {
    if (!first) out += ',';
    first = false;
    append(each);
  }
  out += ']';
}

void append_node(std::string& out, const cluster::node_view& node) {
  json::builder json(out);
  json.text("name", node.who.name)
      .text("epoch", std::to_string(node.who.epoch))
      .text("state", to_string(node.state))
      .text_if("why", node.why)
      .text_if("address", node.address)
      .text("version", node.version)
      .integer("calls", node.last.calls)
      .integer("max_calls", node.last.max_calls)
      .text_if("refuses", node.last.outlook)
      .boolean("draining", node.last.draining)
      .boolean("store_behind", node.last.store_behind)
      .integer("memory_bytes", static_cast<std::int64_t>(node.last.uses.memory_bytes))
      .integer("cpu_ms", static_cast<std::int64_t>(node.last.uses.cpu_ms))
      .integer("calls_adopted", static_cast<std::int64_t>(node.last.adopted))
      .integer("calls_given_away", static_cast<std::int64_t>(node.last.given_away));
  auto& sees = json.raw("sees");
  append_list(sees, node.last.sees,
              [&](const cluster::member& each) { json::append_quoted(sees, each.name); });
  json.integer("last_report_ms", node.last_report_ms);
}

server_answer list_answer(const node_list& list) {
  server_answer made;
  {
    json::builder json(made.body);
    auto& nodes = json.raw("nodes");
    append_list(nodes, list.nodes, [&](const auto& each) { append_node(nodes, each); });
    json.boolean("split", list.split);
    auto& blind = json.raw("blind");
    append_list(blind, list.blind, [&](const cluster::blind_pair& each) {
      json::builder(blind).text("node", each.who).text("does_not_see", each.whom);
    });
  }
  return made;
}

/// A node that takes part in no cluster.
node_list alone(const route_context& context, const node_description& node) {
  const bool draining = node.outlook == refusal::draining;
  cluster::node_view self{.who = context.who,
                          .state = draining ? cluster::node_state::draining : cluster::node_state::alive,
                          .version = context.version,
                          .last_report_ms = 0};
  self.last.calls = node.calls;
  self.last.max_calls = node.max_calls;
  self.last.draining = draining;
  self.last.store_behind = context.measure->store_journal_bytes->Value() > 0;
  self.last.uses = use_of_process();
  if (node.outlook != refusal::none) self.last.outlook = to_string(node.outlook);
  return {.nodes = {std::move(self)}};
}

void nodes(const routed_request& asked) {
  ask_nodes(asked, [answer = asked.answer](const node_list& list) { answer(list_answer(list)); });
}

constexpr std::array routes{
    route{"GET", "/v1/nodes", nodes},
};

}  // namespace

std::span<const route> cluster_routes() { return routes; }

void ask_nodes(const routed_request& asked, std::function<void(const node_list&)> done) {
  const auto& context = asked.context;
  const auto busy = [answer = asked.answer] { answer(busy_answer()); };
  if (context->cluster) {
    return context->ask->ask<node_list>(
        context->cluster, list_nodes{}, [done](const node_list& list) { done(list); }, busy);
  }
  context->ask->ask<node_description>(
      context->node, describe_node{},
      [done, context](const node_description& node) { done(alone(*context, node)); }, busy);
}

}  // namespace tandem
