#include "actors/cluster/ownership.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// So long whoever asks waits for the store.
constexpr auto patience = 600ms;
/// Questions whose a call is that wait at once.
constexpr std::size_t most_finds = 256;

}  // namespace

void ownership::claim(const claim_call& wanted, std::function<void(claim_ruling)> done) {
  auto* which = known(wanted.call_id);
  if (has_left_ || writer_.is_ending(wanted.call_id) || (which != nullptr && which->is_over)) {
    return line_.later([done = std::move(done)] { done({.whose = claim_outcome::anothers, .pass = {}}); });
  }
  const bool is_new = which == nullptr;
  if (is_new) which = &insert(wanted.call_id);
  if (!wanted.carrier_call_id.empty()) which->carrier_call_id = wanted.carrier_call_id;
  const auto ticket = ++last_ticket_;
  auto give_up = [this, call_id = wanted.call_id, ticket] {
    auto* late = known(call_id);
    const auto asker = late == nullptr ? decltype(late->claims)::node_type() : late->claims.extract(ticket);
    if (!asker) return;
    count(lease_outcome::unknown);
    asker.mapped().done({.whose = claim_outcome::unknown, .pass = late->pass});
  };
  which->claims[ticket] = {.done = std::move(done), .patience = line_.in(patience, std::move(give_up))};
  if (is_new && core_.self()) return enter(wanted.call_id, *which);
  if (which->lease && which->lease->where() == phase::held && !next_request(wanted.call_id, *which))
    return rule(*which, claim_outcome::ours);
  ask(wanted.call_id, *which);
}

std::optional<leases::offer> ownership::give_away(const std::string& call_id) {
  auto* which = known(call_id);
  // A call of which the carrier's id is still to be said could not be found by it at another node.
  if (which == nullptr || !which->lease || which->asks || next_request(call_id, *which)) return std::nullopt;
  if (which->lease->where() != phase::held || !line_.is_heard(rules_.timeout)) return std::nullopt;
  which->is_away = true;
  which->pass->close();
  return which->lease->give_away();
}

void ownership::handed_over(const std::string& call_id, std::int64_t term) {
  auto* which = known(call_id);
  if (which == nullptr || !which->lease) return;
  if (which->lease->where() == phase::held && which->is_away) {
    // Whoever took it was gone before this was heard, and this node has adopted the call: it begins anew.
    which->is_away = false;
    which->pass = std::make_shared<call_pass>(core_.permitted());
    const owned_lease mine{.lease = which->lease->known(), .pass = which->pass};
    return line_.later([this, mine] { heard_.adopted({mine}); });
  }
  which->lease->handed_over(term);
  if (which->lease->where() != phase::gone) return;
  core_.part_with(call_id, term);
  writer_.forget(call_id);
  count(lease_outcome::given);
  if (which->giver) line_.later([done = std::move(which->giver)] { done(false); });
  calls_.erase(call_id);
}

void ownership::take_back(const std::string& call_id, std::function<void(bool)> done) {
  auto* which = known(call_id);
  const bool is_held = which != nullptr && which->lease && which->lease->where() == phase::held;
  if (which != nullptr) which->is_away = false;
  if (is_held) which->pass->open();
  if (is_held || which == nullptr || !which->lease || which->lease->where() != phase::offered)
    return line_.later([is_held, done = std::move(done)] { done(is_held); });
  which->giver = std::move(done);
  ask(call_id, *which);
}

void ownership::take(const leases::offer& from, std::function<void(std::optional<owned_lease>)> done) {
  if (!core_.self() || leaver_ || known(from.call_id) != nullptr || writer_.is_ending(from.call_id))
    return line_.later([done = std::move(done)] { done(std::nullopt); });
  auto& which = insert(from.call_id);
  which.lease.emplace(*core_.self(), core_.permitted(), from);
  which.pass->bind(core_.permitted());
  which.is_offered = true;
  auto give_up = [this, call_id = from.call_id] {
    auto* late = known(call_id);
    if (late == nullptr || !late->taker) return;
    const auto asker = std::exchange(late->taker, std::nullopt);
    asker->done(std::nullopt);
  };
  which.taker = waiting<std::optional<owned_lease>>{.done = std::move(done),
                                                    .patience = line_.in(patience, std::move(give_up))};
  ask(from.call_id, which);
}

ownership::kept_as ownership::number(const std::string& call_id) {
  auto* which = known(call_id);
  if (which == nullptr || !which->lease || which->is_over) return {};
  const auto where = which->lease->where();
  if (where != phase::held && where != phase::offered) return {};
  return {.term = which->lease->known().term, .version = ++which->version};
}

void ownership::keep(const std::string& call_id, std::int64_t version, std::string value) {
  const auto* which = known(call_id);
  if (which == nullptr || !which->lease) return;
  const auto where = which->lease->where();
  if (where != phase::held && where != phase::offered) return;
  writer_.keep({.epoch = core_.self()->epoch,
                .call_id = call_id,
                .term = which->lease->known().term,
                .version = version,
                .ledger = std::move(value)});
}

void ownership::end(const std::string& call_id) {
  auto* which = known(call_id);
  // What is only being taken was never begun here.
  if (which == nullptr || which->is_offered) return;
  which->pass->close();
  rule(*which, claim_outcome::anothers);
  if (which->giver) line_.later([done = std::exchange(which->giver, {})] { done(false); });
  // A claim that is on its way could make it this node's once more behind its end.
  which->is_over = which->asks && which->lease->where() == phase::asking;
  if (!which->is_over) release(call_id, *which);
}

void ownership::find(const std::string& id, std::function<void(std::optional<leases::lease>)> done) {
  if (finds_.size() >= most_finds) return line_.later([done = std::move(done)] { done(std::nullopt); });
  const auto ticket = ++last_ticket_;
  finds_[ticket] = {.done = std::move(done),
                    .patience = line_.in(patience, [this, ticket] { settle_find(ticket, std::nullopt); })};
  line_.ask<lease_store::found_lease>(leases::find_lease{.call_id = id, .carrier_call_id = id},
                                      [this, ticket](std::optional<lease_store::found_lease> answer) {
                                        const bool is_there = answer && !answer->empty();
                                        settle_find(ticket,
                                                    is_there ? std::optional(answer->front()) : std::nullopt);
                                      });
}

void ownership::settle_find(std::uint64_t ticket, std::optional<leases::lease> found) {
  const auto asker = finds_.extract(ticket);
  if (asker) asker.mapped().done(std::move(found));
}

ownership::owned_call* ownership::known(const std::string& call_id) {
  const auto at = calls_.find(call_id);
  return at == calls_.end() ? nullptr : &at->second;
}

ownership::owned_call& ownership::insert(const std::string& call_id) {
  return calls_.emplace(call_id, owned_call{.waits = back_off(++seed_)}).first->second;
}

void ownership::enter(const std::string& call_id, owned_call& which) {
  which.lease.emplace(*core_.self(), core_.permitted(),
                      leases::claim{.call_id = call_id, .carrier_call_id = which.carrier_call_id});
  which.pass->bind(core_.permitted());
  ask(call_id, which);
}

std::optional<ownership::call_request> ownership::next_request(const std::string& call_id,
                                                               const owned_call& which) const {
  const auto where = which.lease->where();
  // Whoever was told that it is not taken takes it back: this node only sees what became of it.
  if (where == phase::asking && which.is_offered && !which.taker)
    return leases::find_lease{.call_id = call_id, .carrier_call_id = {}};
  if (where == phase::asking || (where == phase::offered && which.giver))
    return std::visit([](auto request) { return call_request(std::move(request)); }, *which.lease->wanted());
  if (where == phase::held && !which.is_named && !which.carrier_call_id.empty()) {
    return leases::claim{
        .epoch = core_.self()->epoch, .call_id = call_id, .carrier_call_id = which.carrier_call_id};
  }
  return std::nullopt;
}

void ownership::ask(const std::string& call_id, owned_call& which) {
  if (!which.lease || which.asks) return;
  auto request = next_request(call_id, which);
  if (!request) return;
  which.asks = true;
  which.ticket = ++last_ticket_;
  std::visit(
      [&](auto& what) {
        constexpr bool is_claim = std::is_same_v<std::decay_t<decltype(what)>, leases::claim>;
        line_.ask<lease_store::found_lease>(
            std::move(what),
            [this, call_id, ticket = which.ticket](const std::optional<lease_store::found_lease>& answer) {
              hear(call_id, ticket, is_claim, answer);
            });
      },
      *request);
}

void ownership::ask_again(const std::string& call_id, owned_call& which) {
  which.again = line_.in(which.waits.next(), [this, call_id, ticket = which.ticket] {
    if (auto* still = known(call_id); still != nullptr && still->ticket == ticket) ask(call_id, *still);
  });
}

void ownership::hear(const std::string& call_id, std::uint64_t ticket, bool was_claim,
                     const std::optional<lease_store::found_lease>& answer) {
  auto* which = known(call_id);
  if (which == nullptr || which->ticket != ticket) return;
  which->asks = false;
  // A claim finds none when the epoch is fenced, which the next renewal says.
  if (!answer || (was_claim && answer->empty()))
    return which->is_over ? release(call_id, *which) : ask_again(call_id, *which);
  if (which->lease->where() == phase::held && !answer->empty())
    return check_held(call_id, *which, answer->front());
  learn(call_id, *which, *answer);
}

void ownership::learn(const std::string& call_id, owned_call& which,
                      const std::vector<leases::lease>& answer) {
  const bool was_held = which.lease->where() == phase::held;
  const auto now = which.lease->learn(answer);
  if (now == phase::gone) return part(call_id);
  if (now != phase::held) return ask_again(call_id, which);
  if (!was_held) win(call_id, which);
}

void ownership::check_held(const std::string& call_id, owned_call& which, const leases::lease& holds) {
  const bool is_this = holds.call_id == call_id;
  // From before it was taken over or back.
  if (is_this && holds.term < which.lease->known().term) return;
  if (is_this && holds.owner == core_.self() && !holds.ended) {
    which.is_named = which.is_named || !which.carrier_call_id.empty();
    which.waits.reset();
    return rule(which, claim_outcome::ours);
  }
  const auto term = which.lease->known().term;
  const auto ends = which.lease->end();
  part(call_id);
  // The leg is another call's: what was claimed without its id is nobody's.
  if (!is_this && ends) writer_.end(*ends, term);
}

void ownership::win(const std::string& call_id, owned_call& which) {
  const auto& lease = which.lease->known();
  which.waits.reset();
  which.version = std::max(which.version, lease.version);
  which.is_named = which.is_named || !lease.carrier_call_id.empty();
  if (which.is_over) return release(call_id, which);
  if (which.is_offered) {
    which.is_offered = false;
    count(lease_outcome::taken);
    const owned_lease mine{.lease = lease, .pass = which.pass};
    if (const auto asker = std::exchange(which.taker, std::nullopt)) {
      line_.later([done = asker->done, mine] { done(mine); });
    } else if (!leaver_) {
      line_.later([this, mine] { heard_.adopted({mine}); });
    }
  } else if (which.giver) {
    which.pass->open();
    line_.later([done = std::exchange(which.giver, {})] { done(true); });
  } else {
    count(lease_outcome::ours);
  }
  if (next_request(call_id, which)) return ask(call_id, which);
  rule(which, claim_outcome::ours);
}

void ownership::part(const std::string& call_id) {
  auto node = calls_.extract(call_id);
  auto& which = node.mapped();
  which.pass->close();
  core_.part_with(call_id, which.lease->known().term);
  writer_.forget(call_id);
  if (which.is_over) return;
  if (which.is_offered) {
    if (which.taker) line_.later([done = std::move(which.taker->done)] { done(std::nullopt); });
  } else if (which.giver) {
    count(lease_outcome::lost);
    line_.later([done = std::move(which.giver)] { done(false); });
  } else if (!which.claims.empty()) {
    count(lease_outcome::anothers);
    rule(which, claim_outcome::anothers);
  } else {
    count(lease_outcome::lost);
    line_.later([this, lost = node.key()] { heard_.lost(lost); });
  }
}

void ownership::release(const std::string& call_id, owned_call& which) {
  // What was claimed before the node had an epoch is in no store.
  if (which.lease) {
    const auto term = which.lease->known().term;
    const bool waits = writer_.end({.epoch = core_.self()->epoch, .call_id = call_id}, term);
    if (!waits) count(lease_outcome::unreleased);
  }
  calls_.erase(call_id);
}

void ownership::rule(owned_call& which, claim_outcome whose) {
  for (auto& [ticket, asker] : std::exchange(which.claims, {})) {
    line_.later([done = std::move(asker.done), ruling = claim_ruling{.whose = whose, .pass = which.pass}] {
      done(ruling);
    });
  }
}

}  // namespace tandem
