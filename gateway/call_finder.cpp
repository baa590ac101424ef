#include "gateway/call_finder.hpp"

#include "gateway/portal.hpp"

#include <chrono>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// For the other nodes to say whose a call is.
constexpr std::chrono::seconds search_deadline{2};

void find_here(const std::shared_ptr<const route_context>& context, const std::string& id,
               const respond& answer, const use_owner& use, const std::function<void()>& absent) {
  context->ask->ask<call_owner>(
      context->node, find_owner{id},
      [use, absent](const call_owner& owner) { owner.call ? use(owner) : absent(); },
      [answer] { answer(busy_answer()); });
}

void find_elsewhere(const std::shared_ptr<const route_context>& context, const std::string& id,
                    const respond& answer, const use_owner& use) {
  const auto absent = [=] { explain_absence(*context, id, answer); };
  context->ask->ask<call_owner>(
      context->switchboard, find_anywhere{id},
      [=](const call_owner& owner) {
        if (owner.call) return use(owner);
        owner.node.empty() ? absent() : answer(unreachable_answer(owner.node));
      },
      absent, search_deadline);
}

}  // namespace

void seek_call(const std::shared_ptr<const route_context>& context, const std::string& id,
               const respond& answer, use_owner use) {
  if (!context->switchboard) return seek_call_here(context, id, answer, std::move(use));
  find_here(context, id, answer, use, [=] { find_elsewhere(context, id, answer, use); });
}

void seek_call_here(const std::shared_ptr<const route_context>& context, const std::string& id,
                    const respond& answer, use_owner use) {
  find_here(context, id, answer, use, [=] { explain_absence(*context, id, answer); });
}

bool is_elsewhere(const route_context& context, const call_owner& owner) {
  return context.switchboard && owner.node != context.who.name;
}

std::chrono::seconds deadline_of(const route_context& context, const call_owner& owner) {
  return is_elsewhere(context, owner) ? std::chrono::seconds(2) : std::chrono::seconds(5);
}

server_answer unreachable_answer(const std::string& node) {
  return error_answer(503, "node_unreachable", "the call is at the node " + node + ", which does not answer");
}

server_answer unknown_stream_answer() {
  return error_answer(403, "unknown_call", "the call is over or was never here");
}

void find_way(const std::shared_ptr<const route_context>& context, const std::string& call_id,
              const respond& answer, std::function<void(const node_door&)> done) {
  context->ask->ask<node_door>(
      context->switchboard, find_door{call_id},
      [=, done = std::move(done)](const node_door& door) {
        if (!door.media_url.empty()) return done(door);
        answer(door.node.empty() ? unknown_stream_answer() : unreachable_answer(door.node));
      },
      [answer] { answer(busy_answer()); }, search_deadline);
}

void explain_absence(const route_context& context, const std::string& id, const respond& answer) {
  context.ask->ask<call_history>(
      context.records, find_call{id},
      [answer, is_clustered = bool(context.switchboard),
       self = context.who.name](const call_history& history) {
        if (history.call.empty()) return answer(unknown_call_answer());
        const auto& call = history.call.front();
        if (is_clustered && call.state != call_state::ended && call.node != self)
          return answer(unreachable_answer(call.node));
        answer(state_answer("ended", "the call has ended"));
      },
      [answer] { answer(busy_answer()); });
}

}  // namespace tandem
