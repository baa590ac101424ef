#pragma once

#include "actors/admission.hpp"
#include "actors/call.hpp"
#include "actors/call_directory.hpp"
#include "actors/commanding.hpp"
#include "actors/leg_keeper.hpp"
#include "actors/leg_search.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/recent_ids.hpp"
#include "protocols/telnyx/webhook.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>

namespace tandem {

struct node_state;
using node_pointer = pinned_actor<actor_kind::node, node_actor, node_state>*;
using shared_webhook = std::shared_ptr<const telnyx::webhook>;

/// What the actor that owns the calls is made of: calls, streams and settings (node.cpp), webhooks and orders
/// that may be another node's (node_routes.cpp), and calls that come from other nodes and go to them
/// (node_moves.cpp).
struct node_state : commanding<node_pointer, leg_searcher> {
  node_state();
  /// A node that threw leaves no call behind that nobody owns.
  ~node_state() override;

  // Enough for every webhook that Telnyx may still repeat.
  static constexpr std::size_t remembered_webhooks = 20000;

  std::vector<loop*> loops;
  std::shared_ptr<admission> door;
  std::shared_ptr<const call_settings> settings;
  bool is_revised = false;  // the agent, since the settings came
  std::uint64_t last_call = 0;
  call_directory calls;
  std::map<caf::actor_addr, stream_taker> strays;
  recent_ids seen_webhooks{remembered_webhooks};
  /// Legs of which a webhook is being routed, and what came for them meanwhile.
  std::map<std::string, std::deque<shared_webhook>> routing;
  leg_keeper keeper;
  leg_search search{*this};
  timer last_push;
  std::vector<caf::typed_response_promise<node_description>> awaiting_drain;

  static inline const char* name = "node";

  std::string new_id();
  const owned_call& start(admission::place place, call_origin origin, std::uint32_t where,
                          const std::shared_ptr<const call_settings>& with);
  void make_room();
  void on_down(const caf::down_msg& down);
  void look_after(const std::string& id, const owned_call& call, bool failed);

  // Callers.
  void on_webhook(const shared_webhook& event);
  void handle(const shared_webhook& event);
  void on_initiated(const shared_webhook& event);
  void on_webhook_without_call(const telnyx::webhook& event);
  bool deliver(const shared_webhook& event);
  void note_hangup(const telnyx::webhook& event);
  void route(const shared_webhook& event, bool begins);
  void on_routed(const shared_webhook& event, bool begins, bool taken);
  void on_untaken(const shared_webhook& event, bool begins);
  webhook_ruling take(const take_webhook& message);
  void begin(const telnyx::webhook& event);
  void answer(admission::place place, const telnyx::webhook& event);
  void reject(const std::string& carrier_call_id, std::string_view cause);
  void turn_away(const found_caller& who);

  // Calls that we place.
  caf::result<placed_call> order(const place_call& command);
  placed_call place(const place_call& command);

  // Calls that come from other nodes, and go to them.
  adoption_ruling adopt(const adopt_call& command);
  void on_moved(const call_moved& event);
  void forsake_all();
  caf::typed_response_promise<node_description> drain(const drain_node& command);
  void give_calls_away(bool at_once);
  void ask_owner(const watched_leg& leg, std::function<void(claim_outcome)> done);
  void end_lease(const std::string& call_id);

  // What calls are made from.
  void apply(const apply_settings& command);
  caf::result<revision_ruling> revise(const revise_agent& command);

  // The carrier's streams.
  stream_ruling rule(const open_stream& request);
  bool may_be_back() const;
  stream_taker ask_whose(std::uint32_t where, refusal why);

  // What a former start left at the carrier.
  void ask(list_legs query, std::function<void(const leg_page&)> done) override {
    ask_carrier(std::move(query), std::move(done));
  }
  void ask(trace_leg query, std::function<void(const leg_trace&)> done) override {
    ask_carrier(std::move(query), std::move(done));
  }
  bool knows(std::string_view carrier_call_id) const override { return calls.knows(carrier_call_id); }
  void found(const known_leg& leg) override;
  bool take(const found_caller& who) override;

  void end_all(const std::string& reason);
  node_description describe() const {
    return {static_cast<std::uint32_t>(calls.size()), door->limits().max_calls, door->outlook(now())};
  }
};

}  // namespace tandem
