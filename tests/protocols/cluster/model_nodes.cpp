#include "tests/protocols/cluster/model_cluster.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>

namespace tandem::test {

using namespace leases;

namespace {

constexpr std::int64_t ms = 1000;

}  // namespace

void model_cluster::to(std::size_t which, std::function<void()> what) {
  auto& node = nodes_[which];
  if (!node.alive) return;
  if (node.paused) return node.inbox.push_back(std::move(what));
  what();
  if (node.alive) pump(which);
}

void model_cluster::send(std::size_t from, std::size_t whom, std::function<void()> what) {
  if (blocked_[from][whom] || (!calm_ && chance(3))) return;
  at(now_ + latency(), [this, whom, life = nodes_[whom].life, what = std::move(what)] {
    if (nodes_[whom].life == life) to(whom, what);
  });
}

template <class Request, class Done>
void model_cluster::ask_store(std::size_t from, Request request, Done done) {
  using answer = decltype(store_.run(request));
  const auto deliver = [this, from, life = nodes_[from].life, done](std::optional<answer> what) {
    if (nodes_[from].life != life) return;
    to(from, [done, what = std::move(what)]() mutable { done(std::move(what)); });
  };
  const auto fails = [&](time after) { at(now_ + after, [deliver] { deliver(std::nullopt); }); };
  if (nodes_[from].cut_off || (!calm_ && chance(2))) return fails(between(1 * ms, 1500 * ms));
  // Given up on this side, and done on the other in spite of it.
  const bool given_up = !calm_ && chance(4);
  if (given_up) fails(between(1 * ms, 1500 * ms));
  // What is made void when it is given up has to come late for that to matter.
  const bool is_attempt = std::is_same_v<Request, fence> || std::is_same_v<Request, adopt>;
  const auto takes = is_attempt && !calm_ && chance(20) ? between(400 * ms, 3000 * ms) : latency();
  at(now_ + takes, [=, this] {
    if (!store_up_) {
      if (!given_up) at(now_ + between(1 * ms, 700 * ms), [deliver] { deliver(std::nullopt); });
      return;
    }
    auto result = store_.run(request);
    if (given_up) return;
    const bool lost = nodes_[from].cut_off || (!calm_ && chance(3));
    if (lost) return at(now_ + between(1 * ms, 1500 * ms), [deliver] { deliver(std::nullopt); });
    at(now_ + latency(), [deliver, result = std::move(result)] { deliver(result); });
  });
}

void model_cluster::start(std::size_t which, bool alone) {
  auto& node = nodes_[which];
  if (node.alive) return;
  node.alive = true;
  node.draining = false;
  node.wakes_at = 0;
  ++node.life;
  node.core.emplace(rules_, join{.name = node.name, .address = {}}, alone);
  node.core->set_room(100);
  beat(which, node.life);
  pump(which);
}

void model_cluster::stop(std::size_t which) {
  auto& node = nodes_[which];
  node.alive = node.paused = false;
  ++node.life;
  node.core.reset();
  node.calls.clear();
  node.inbox.clear();
  node.flawed_until = moment::min();
}

void model_cluster::resume(std::size_t which) {
  auto& node = nodes_[which];
  if (!node.paused) return;
  node.paused = false;
  auto waiting = std::exchange(node.inbox, {});
  // A timer may come before what the network has brought, or behind it.
  if (chance(50)) pump(which);
  for (auto& each : waiting) {
    if (node.alive) to(which, std::move(each));
  }
}

void model_cluster::pump(std::size_t which) {
  auto& node = nodes_[which];
  while (auto order = node.core->due(local(node))) issue(which, std::move(*order));
  const auto next = node.core->wake_up(local(node));
  if (next == moment::max()) return;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(next.time_since_epoch()).count();
  const auto when =
      std::max(now_ + 1, static_cast<time>(std::ceil(static_cast<double>(us - node.offset) / node.rate)) + 1);
  if (node.wakes_at > now_ && node.wakes_at <= when) return;
  node.wakes_at = when;
  at(when, [this, which, life = node.life] {
    if (nodes_[which].life == life) to(which, [] {});
  });
}

void model_cluster::issue(std::size_t which, node_lease::order what) {
  std::visit(
      [&](auto& request) {
        using kind = std::decay_t<decltype(request)>;
        ask_store(which, request, [this, which, ticket = what.ticket](auto answer) {
          auto& node = nodes_[which];
          auto& core = *node.core;
          if constexpr (std::is_same_v<kind, adopt>) {
            adopted(which, core.settle(ticket, std::move(answer), local(node)));
          } else if constexpr (std::is_same_v<kind, fence>) {
            core.settle(ticket, answer, local(node));
          } else {
            const auto news = core.settle(ticket, answer, local(node));
            if (news != node_lease::news::none) node.calls.clear();
            if (news == node_lease::news::fenced) node.flawed_until = moment::min();
            if (answer && !answer->fenced && core.self() && wrong_ == flaw::from_answer)
              node.flawed_until = local(node) + rules_.safe(rules_.timeout);
          }
        });
      },
      what.what);
}

void model_cluster::beat(std::size_t which, std::uint64_t life) {
  if (nodes_[which].life != life) return;
  to(which, [this, which] {
    question_peers(which);
    tend(which);
  });
  at(now_ + 250 * ms, [=, this] { beat(which, life); });
}

void model_cluster::question_peers(std::size_t which) {
  auto asked = nodes_[which].core->ask(local(nodes_[which]));
  if (!asked) return;
  if (wrong_ == flaw::renewals_foretold) ++asked->renewals;
  for (std::size_t peer = 0; peer < nodes_.size(); ++peer) {
    if (peer == which || !nodes_[peer].alive) continue;
    send(which, peer, [=, this] {
      auto& core = *nodes_[peer].core;
      auto given =
          wrong_ == flaw::empty_promises ? std::nullopt : core.promised_to(*asked, local(nodes_[peer]));
      const bool forged = wrong_ == flaw::empty_promises || wrong_ == flaw::promise_in_attempt;
      if (!given && forged && core.self() && !core.is_fenced(asked->asker.epoch))
        given = promise{.by = *core.self(), .to = asked->asker, .asked = asked->asked};
      if (!given || !nodes_[which].alive) return;
      send(peer, which,
           [this, which, given = *given] { nodes_[which].core->take(given, local(nodes_[which])); });
    });
  }
}

void model_cluster::tend(std::size_t which) {
  std::vector<std::string> ids;
  for (const auto& [id, call] : nodes_[which].calls) ids.push_back(id);
  for (const auto& id : ids) {
    if (nodes_[which].alive) tend_call(which, id);
  }
  auto& node = nodes_[which];
  if (!node.draining || !node.calls.empty() || !node.core->self()) return;
  node.core->leave();
  stop(which);
  if (chance(70)) at(now_ + between(100 * ms, 3000 * ms), [this, which] { start(which, chance(70)); });
}

void model_cluster::tend_call(std::size_t which, const std::string& id) {
  auto& node = nodes_[which];
  const auto found = node.calls.find(id);
  if (found == node.calls.end()) return;
  auto& call = found->second;
  if (call.asked && now_ - call.asked_at < 500 * ms) return;
  if (call.releasing) return release(which, id);
  using enum call_lease::phase;
  const auto phase = call.lease.where();
  if (phase == asking || (phase == offered && now_ - call.offered_at > 400 * ms)) return ask_for(which, id);
  if (phase != held) return;
  if (over_[static_cast<std::size_t>(call.carrier)]) return release(which, id);
  if (!call.written && call.lease.may_act(local(node))) {
    const auto& known = call.lease.known();
    call.written = true;
    ask_store(which,
              keep_ledger{.epoch = node.core->self()->epoch,
                          .call_id = id,
                          .term = known.term,
                          .version = known.version + 1,
                          .ledger = {}},
              [](auto) {});
  } else if (node.draining) {
    offer(which, id);
  }
}

void model_cluster::ask_for(std::size_t which, const std::string& id) {
  auto& call = nodes_[which].calls.at(id);
  call.asked = true;
  call.asked_at = now_;
  const auto attempt = ++call.attempt;
  std::visit(
      [&](const auto& request) {
        ask_store(which, request, [=, this](auto answer) { learnt(which, id, attempt, answer); });
      },
      *call.lease.wanted());
}

void model_cluster::learnt(std::size_t which, const std::string& id, std::uint64_t attempt,
                           const std::optional<std::vector<lease>>& answer) {
  auto& node = nodes_[which];
  const auto found = node.calls.find(id);
  if (found == node.calls.end()) return;
  auto& call = found->second;
  if (call.attempt == attempt) call.asked = false;
  if (!answer || call.releasing) return;
  const auto phase = call.lease.learn(*answer);
  if (phase == call_lease::phase::gone) return part(which, id);
  if (phase == call_lease::phase::held) thank(which, call);
}

void model_cluster::thank(std::size_t which, held_call& call) {
  const auto given = std::exchange(call.given, std::nullopt);
  if (!given) return;
  for (std::size_t giver = 0; giver < nodes_.size(); ++giver) {
    if (nodes_[giver].name != given->from.name) continue;
    send(which, giver, [=, this] {
      auto& there = nodes_[giver].calls;
      const auto found = there.find(given->call_id);
      if (found == there.end() || found->second.releasing) return;
      found->second.lease.handed_over(given->term);
      if (found->second.lease.where() == call_lease::phase::gone) part(giver, given->call_id);
    });
  }
}

void model_cluster::release(std::size_t which, const std::string& id) {
  auto& call = nodes_[which].calls.at(id);
  if (!call.releasing) call.releasing = call.lease.end();
  if (!call.releasing) return;
  call.asked = true;
  call.asked_at = now_;
  const auto attempt = ++call.attempt;
  ask_store(which, *call.releasing, [=, this, epoch = call.releasing->epoch](std::optional<bool> done) {
    auto& calls = nodes_[which].calls;
    const auto found = calls.find(id);
    // The call may be back, in a later epoch.
    if (found == calls.end() || !found->second.releasing || found->second.releasing->epoch != epoch) return;
    if (found->second.attempt == attempt) found->second.asked = false;
    if (done) part(which, id);
  });
}

void model_cluster::offer(std::size_t which, const std::string& id) {
  auto& node = nodes_[which];
  auto& call = node.calls.at(id);
  const auto peer = random(nodes_.size());
  if (peer == which || !nodes_[peer].alive) return;
  const auto given = call.lease.give_away();
  if (!given) return;
  call.offered_at = now_;
  const auto arrives = [=, this, carrier = call.carrier] {
    auto& taker = nodes_[peer];
    if (!taker.core->self() || taker.draining || taker.calls.contains(id)) return;
    taker.calls.emplace(id,
                        held_call{.lease = call_lease(*taker.core->self(), taker.core->permitted(), *given),
                                  .carrier = carrier,
                                  .given = *given});
    ask_for(peer, id);
  };
  send(which, peer, arrives);
  if (!calm_ && chance(20)) send(which, peer, arrives);
}

void model_cluster::part(std::size_t which, const std::string& id) {
  auto& node = nodes_[which];
  const auto call = node.calls.find(id);
  node.core->part_with(id, call->second.lease.known().term);
  node.calls.erase(call);
}

void model_cluster::adopted(std::size_t which, const std::vector<lease>& calls) {
  auto& node = nodes_[which];
  for (const auto& each : calls) {
    const auto known = node.calls.find(each.call_id);
    if (known != node.calls.end()) {
      if (known->second.lease.learn({each}) == call_lease::phase::held) thank(which, known->second);
      continue;
    }
    node.calls.emplace(each.call_id,
                       held_call{.lease = call_lease(*node.core->self(), node.core->permitted(), each),
                                 .carrier = std::stoi(each.carrier_call_id.substr(3))});
  }
}

void model_cluster::ring(int carrier, std::size_t which) {
  auto& node = nodes_[which];
  if (!node.alive) return;
  to(which, [=, this] {
    auto& at = nodes_[which];
    if (!at.core->self() || at.draining) return;
    const auto id = std::to_string(carrier) + "@" + at.name + "." + std::to_string(at.core->self()->epoch);
    const claim wanted{.call_id = id, .carrier_call_id = carrier_id(carrier)};
    const auto [place, is_new] = at.calls.emplace(
        id,
        held_call{.lease = call_lease(*at.core->self(), at.core->permitted(), wanted), .carrier = carrier});
    if (is_new) ask_for(which, id);
  });
}

}  // namespace tandem::test
