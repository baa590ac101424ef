#include "actors/admission.hpp"
#include "actors/cluster/switchboard_state.hpp"

#include <tuple>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// The store is asked and the call begins at another node, or does so here.
constexpr auto offer_limit = 1500ms;
constexpr auto adopt_limit = 2s;
constexpr auto copies_limit = 100ms;
constexpr auto find_limit = 500ms;
/// Nodes to which a call is offered, one after the other.
constexpr std::size_t most_offers = 2;

}  // namespace

caf::typed_response_promise<move_ruling> switchboard_state::move(const move_call& command) {
  auto promise = self->make_response_promise<move_ruling>();
  auto what = std::make_shared<handover>();
  what->call_id = command.call_id;
  what->value = command.value;
  what->done = [this, promise, call_id = command.call_id](const std::string& to) {
    measure->calls_moved(move_reason::drain, move_outcome::moved).Increment();
    spdlog::info("call moved call={} to={}", call_id, to);
    reply(promise, move_ruling{.moved = true, .node = to});
    // The call may not have waited for this.
    forsake(call_id);
  };
  what->kept = [this, promise, call_id = command.call_id](const std::string& why) {
    spdlog::debug("call stays call={} reason=\"{}\"", call_id, why);
    reply(promise, move_ruling{.moved = false, .why = why});
    // Its term may be another by now, and what has no value in the last one counts as older.
    if (const auto newest = values.find(call_id); newest != values.end())
      keep(call_id, std::string(newest->second.text), false);
  };
  keep(command.call_id, command.value, false);
  give_away(what);
  return promise;
}

/// The pass is closed only when there is somebody to ask.
void switchboard_state::give_away(std::shared_ptr<handover> what) {
  if (peers.calmest({}, now()) == nullptr) return what->kept("no other node takes calls");
  what->version = owned->number(what->call_id).version;
  auto offer = owned->give_away(what->call_id);
  if (!offer) return what->kept("it cannot be given away now");
  what->offer = *offer;
  offer_next(std::move(what));
}

void switchboard_state::offer_next(std::shared_ptr<handover> what) {
  auto* to = what->refused.size() < most_offers ? peers.calmest(what->refused, now()) : nullptr;
  if (to == nullptr) return take_back(std::move(what), {});
  ++to->sent;
  const auto asked = to->who.name;
  ask<offer_ruling>(to->contact.peer, offer_limit, offer_call{what->offer, what->version, what->value},
                    [this, what, asked](const std::optional<offer_ruling>& answer) {
                      if (answer && answer->taken) {
                        owned->handed_over(what->call_id, what->offer.term);
                        forget(what->call_id);
                        return what->done(asked);
                      }
                      what->why = answer ? asked + ": " + answer->why : asked + " does not answer";
                      // Who does not answer may take it yet: the store decides that at once.
                      if (!answer) return take_back(what, asked);
                      what->refused.insert(asked);
                      offer_next(what);
                    });
}

void switchboard_state::take_back(std::shared_ptr<handover> what, const std::string& offered_to) {
  owned->take_back(what->call_id, [this, what, offered_to](bool is_back) {
    if (is_back) return what->kept(what->why);
    forget(what->call_id);
    what->done(offered_to.empty() ? "another node" : offered_to);
  });
}

/// Why the call cannot be taken; empty when it can.
std::string switchboard_state::fault_of(const offer_call& message) {
  const auto* peer = sender();
  if (peer == nullptr || message.offer.from != peer->life.value_or(message.offer.from))
    return "it does not come from its owner";
  if (!node || !owned->is_permitted()) return "this node is no member of the cluster now";
  // How many calls begin in a second is no matter here: they have begun.
  if (const auto why = door->outlook(now()); why != refusal::none && why != refusal::rate)
    return std::string(to_string(why));
  if (door->calls() + taking >= door->limits().max_calls) return std::string(to_string(refusal::calls));
  return {};
}

caf::typed_response_promise<offer_ruling> switchboard_state::on_offer(const offer_call& message) {
  // The promise takes the sender out of the message.
  auto fault = fault_of(message);
  auto promise = self->make_response_promise<offer_ruling>();
  if (!fault.empty()) {
    reply(promise, offer_ruling{false, std::move(fault)});
    return promise;
  }
  ++taking;
  owned->take(message.offer, [this, promise, message](std::optional<owned_lease> mine) {
    --taking;
    if (!mine) return reply(promise, offer_ruling{false, "the store does not give it to this node"});
    // It is this node's by now, whatever becomes of it here.
    reply(promise, offer_ruling{true, {}});
    go_on_with({std::move(*mine), message.value, move_reason::drain, message.offer.from.name});
  });
  return promise;
}

/// The newest values may be copies that other nodes keep.
void switchboard_state::adopt(std::vector<owned_lease> calls) {
  find_copies question;
  for (const auto& call : calls) question.call_ids.push_back(call.lease.call_id);
  auto round = std::make_shared<adoption_round>(adoption_round{.calls = std::move(calls)});
  const auto add = [round](const std::vector<keep_copy>& found) {
    for (const auto& copy : found) {
      auto& best = round->best[copy.call_id];
      if (std::tie(copy.term, copy.version) > std::tie(best.term, best.version)) best = copy;
    }
  };
  add(copies.find(question.call_ids));
  for (const auto& [who, peer] : peers.all()) {
    // The lost node, which would be waited for, may not have left yet.
    if (!peer.contact.peer || !peers.is_heard(peer, now())) continue;
    ++round->open;
    ask<found_copies>(peer.contact.peer, copies_limit, question,
                      [this, round, add](const std::optional<found_copies>& answer) {
                        if (answer) add(answer->copies);
                        if (--round->open == 0) settle(*round);
                      });
  }
  if (round->open == 0) settle(*round);
}

void switchboard_state::settle(const adoption_round& round) {
  for (const auto& call : round.calls) {
    taken_call taken{call, call.lease.ledger, move_reason::node_lost, {}, true};
    const auto copy = round.best.find(call.lease.call_id);
    if (copy != round.best.end()) {
      const auto& best = copy->second;
      taken.from = best.owner.name;
      taken.from_silent_node = !has_ended(best.owner);
      // Versions of owners before the last one count differently; then the store's is newer.
      const bool is_of_last = best.term + 1 >= call.lease.term && best.version > call.lease.version;
      if (is_of_last || call.lease.ledger.empty()) taken.value = best.value;
    }
    copies.drop(call.lease.call_id);
    if (taken.value.empty() && call.lease.carrier_call_id.empty()) {
      // Nobody knows its leg.
      give_up(taken);
    } else {
      go_on_with(std::move(taken));
    }
  }
  show_copies();
}

/// Has the node go on with a call, unless the epoch in which it was taken is over.
void switchboard_state::go_on_with(taken_call call) {
  if (!node || call.owned.lease.owner != owned->self()) return;
  const auto shared = std::make_shared<const taken_call>(std::move(call));
  const auto& lease = shared->owned.lease;
  ask<adoption_ruling>(
      node, adopt_limit,
      adopt_call{lease.call_id, lease.carrier_call_id, shared->value, shared->owned.pass,
                 shared->from_silent_node},
      [this, shared](const std::optional<adoption_ruling>& answer) {
        const auto& call_id = shared->owned.lease.call_id;
        if (!answer) return spdlog::error("node does not say whether it adopts a call call={}", call_id);
        if (!answer->taken) return on_refusal(*shared, answer->why);
        const bool is_whole = !shared->value.empty();
        if (shared->why == move_reason::node_lost)
          measure->calls_moved(shared->why, is_whole ? move_outcome::resumed : move_outcome::begun_anew)
              .Increment();
        spdlog::info("call adopted call={} from={} reason={} resumed={}", call_id,
                     shared->from.empty() ? "?" : shared->from,
                     shared->why == move_reason::drain ? "drain" : "node_lost", is_whole);
        // Until the store has a value of this owner's, an adoption names the call again.
        if (is_whole) keep(call_id, shared->value, true);
      });
}

/// Other nodes may have room for what this one has not.
void switchboard_state::on_refusal(const taken_call& call, const std::string& why) {
  const auto& call_id = call.owned.lease.call_id;
  spdlog::warn("node does not go on with a call call={} reason=\"{}\"", call_id, why);
  auto what = std::make_shared<handover>();
  what->call_id = call_id;
  what->value = call.value;
  what->done = [this, call](const std::string& to) {
    measure->calls_moved(call.why, move_outcome::moved).Increment();
    spdlog::info("call moved call={} to={}", call.owned.lease.call_id, to);
  };
  what->kept = [this, call](const std::string&) { give_up(call); };
  give_away(what);
}

void switchboard_state::give_up(const taken_call& call) {
  measure->calls_moved(call.why, move_outcome::ended).Increment();
  spdlog::error("no node goes on with a call call={}", call.owned.lease.call_id);
  end(end_lease{call.owned.lease.call_id});
}

/// The call is another node's after all.
void switchboard_state::forsake(const std::string& call_id) {
  forget(call_id);
  if (!node) return;
  ask<call_owner>(node, find_limit, find_owner{call_id}, [this](const std::optional<call_owner>& found) {
    if (found && found->call) self->send(found->call, forsake_call{});
  });
}

/// Their next owners need the copies, wherever they are.
void switchboard_state::on_fenced() {
  spdlog::error("other nodes have fenced this one, its calls are theirs now node={}", how.who.name);
  values.clear();
  show_membership();
  if (node) self->send(node, forsake_calls{});
}

}  // namespace tandem
