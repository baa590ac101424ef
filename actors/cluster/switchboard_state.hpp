#pragma once

#include "actors/cluster/call_copies.hpp"
#include "actors/cluster/ownership.hpp"
#include "actors/cluster/peer_table.hpp"
#include "actors/cluster/switchboard.hpp"
#include "actors/runtime/pinned.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <caf/system_messages.hpp>
#include <caf/typed_response_promise.hpp>

namespace tandem {

struct switchboard_state;
using switchboard_pointer = pinned_actor<actor_kind::switchboard, switchboard_actor, switchboard_state>*;

/// What is kept of a call of this node's for its next owner.
struct own_value {
  std::string text;
  std::int64_t term = 0;
  std::int64_t version = 0;
  /// Who has a copy of it.
  std::optional<cluster::member> holder;
  /// Whether the store has it, and when it got one last.
  bool is_stored = true;
  moment stored_at{};
};

/// A call that is being given to another node.
struct handover {
  std::string call_id;
  std::string value;
  std::int64_t version = 0;
  leases::offer offer{};
  peer_table::names refused{};
  /// Why the last one that was asked has not taken it.
  std::string why = "no other node takes calls";
  /// Another node has it, or it is still this node's: one of them is called.
  std::function<void(const std::string& node)> done;
  std::function<void(const std::string& why)> kept;
};

/// A call that has become this node's.
struct taken_call {
  owned_lease owned;
  std::string value;
  move_reason why = move_reason::drain;
  /// The node that it comes from; empty when that is not known.
  std::string from;
  /// Whether that node may still live, and have the call's stream open.
  bool from_silent_node = false;
};

/// Calls of lost nodes, of which copies are being looked for.
struct adoption_round {
  std::vector<owned_lease> calls;
  /// The newest of each call.
  std::map<std::string, keep_copy> best;
  std::size_t open = 0;
};

/// What the switchboard is made of: who is there (switchboard.cpp), where calls and what comes for them go
/// (switchboard_routes.cpp), what is kept for their next owners (switchboard_values.cpp), and how they change
/// their node (switchboard_moves.cpp).
struct switchboard_state {
  switchboard_pointer self = nullptr;
  switchboard_settings how;
  std::shared_ptr<admission> door;
  events_actor events;
  metrics* measure = nullptr;
  /// Empty before the switchboard begins.
  node_actor node;
  moment begun_at{};
  std::unique_ptr<ownership> owned;
  /// When promises were asked for last.
  moment asked_at{};
  peer_table peers;
  /// Handles of other nodes' switchboards whose end will be told.
  std::set<caf::actor_addr> watched;
  /// Nodes that ended without a goodbye, by name: the newest life of each.
  std::map<std::string, std::int64_t, std::less<>> ended;
  call_copies copies;
  bool copies_are_full = false;
  std::map<std::string, own_value> values;
  /// Offered calls that the store is being asked for.
  std::size_t taking = 0;

  static inline const char* name = "switchboard";

  moment now() const { return self->home().now(); }

  /// Asks an actor; nothing when it does not answer in time.
  template <class Answer, class Handle, class Question, class Done>
  void ask(const Handle& whom, std::chrono::milliseconds limit, Question question, Done done) {
    self->request(whom, limit, std::move(question))
        .then([done](const Answer& answer) mutable { done(std::optional<Answer>(answer)); },
              [done](const caf::error&) mutable { done(std::optional<Answer>()); });
  }

  template <class Answer>
  static void reply(caf::typed_response_promise<Answer> promise, Answer answer) {
    promise.deliver(std::move(answer));
  }

  // Who is there.
  void begin(const begin_switchboard& command);
  void on_joined(const node_joined& event);
  void on_left(const node_left& event);
  /// The connection to another node broke, as it does at once when that node's process ends.
  void on_down(const caf::down_msg& down);
  bool has_ended(const leases::node_id& life) const;
  void on_reported(const node_reported& event);
  void beat();
  void ask_for_promises();
  void on_question(const lease_question& message);
  void on_promise(const lease_promise& message);
  /// Who has sent the message that is being handled; nothing when that is no node that is alive.
  peer_node* sender();
  void show_membership();
  caf::typed_response_promise<calls_left> leave();

  // Where calls go.
  std::optional<double> own_load() const;
  caf::typed_response_promise<webhook_ruling> route(const route_webhook& message);
  void send_caller(std::shared_ptr<const telnyx::webhook> event, peer_table::names refused,
                   caf::typed_response_promise<webhook_ruling> promise);
  void send_to_owner(std::shared_ptr<const telnyx::webhook> event, const std::string& not_at,
                     caf::typed_response_promise<webhook_ruling> promise);
  caf::typed_response_promise<webhook_ruling> take(const forward_webhook& message);
  caf::typed_response_promise<place_ruling> route(const route_order& message);
  void send_order(std::shared_ptr<const place_call> order, peer_table::names refused,
                  caf::typed_response_promise<place_ruling> promise);
  caf::typed_response_promise<placed_call> place(place_call command);
  caf::typed_response_promise<call_owner> find_here(const find_owner& query);
  void find(const std::string& id, std::function<void(const call_owner&)> done);
  void find_by_lease(const std::string& id, const std::string& not_at,
                     std::function<void(const call_owner&)> done);

  // What is kept for the next owner.
  caf::typed_response_promise<claim_ruling> claim(const claim_call& command);
  void keep(const std::string& call_id, std::string text, bool settled);
  void copy(const std::string& call_id, own_value& value);
  void store(const std::string& call_id, own_value& value);
  void look_after_values();
  void forget(const std::string& call_id);
  void end(const end_lease& command);
  void on_copy(const keep_copy& message);
  void on_drop(const drop_copy& message);
  void show_copies();

  // How they change their node.
  caf::typed_response_promise<move_ruling> move(const move_call& command);
  void give_away(std::shared_ptr<handover> what);
  void offer_next(std::shared_ptr<handover> what);
  void take_back(std::shared_ptr<handover> what, const std::string& offered_to);
  std::string fault_of(const offer_call& message);
  caf::typed_response_promise<offer_ruling> on_offer(const offer_call& message);
  void adopt(std::vector<owned_lease> calls);
  void settle(const adoption_round& round);
  void go_on_with(taken_call call);
  void on_refusal(const taken_call& call, const std::string& why);
  void give_up(const taken_call& call);
  void forsake(const std::string& call_id);
  void on_fenced();
};

}  // namespace tandem
