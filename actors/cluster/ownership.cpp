#include "actors/cluster/ownership.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

using leases::node_lease;

ownership::ownership(loop& home, lease_store& store, post to_actor, const leases::lease_rules& rules,
                     leases::join how, events heard, metrics* measure, bool alone)
    : rules_(rules),
      name_(how.name),
      heard_(std::move(heard)),
      measure_(measure),
      line_(home, store, std::move(to_actor)),
      core_(rules, std::move(how), alone),
      seed_(static_cast<std::uint32_t>(std::hash<std::string>()(name_))),
      // An adoption that is under way may still name the call.
      writer_(line_, seed_,
              [this](const std::string& call_id, std::int64_t term) { core_.part_with(call_id, term); }),
      wakes_(home, [this] { line_.later([this] { pump(); }); }) {}

void ownership::begin() {
  has_begun_ = true;
  pump();
}

void ownership::set_room(std::size_t calls) {
  core_.set_room(has_left_ || leaver_ ? 0 : calls);
  pump();
}

std::optional<leases::promise> ownership::promised_to(const leases::question& from) {
  return core_.promised_to(from, line_.now());
}

void ownership::take_promise(const leases::promise& from) { core_.take(from, line_.now()); }

void ownership::leave(std::chrono::milliseconds limit, std::function<void()> done) {
  leaver_ =
      waiting<bool>{.done = [done = std::move(done)](bool) { done(); }, .patience = line_.in(limit, [this] {
                      end_epoch();
                      be_gone();
                    })};
  core_.set_room(0);
  // Leases that are not ended by then are adopted by others, who hear from the carrier that the call is over.
  writer_.flush([this] { end_epoch(); });
}

void ownership::end_epoch() {
  if (has_left_) return;
  has_left_ = true;
  const auto self = core_.self();
  // First of all nobody acts here any more.
  core_.leave();
  drop_calls();
  if (!self) return be_gone();
  line_.ask<bool>(leases::leave{self->epoch}, [this](std::optional<bool>) { be_gone(); });
}

void ownership::be_gone() {
  if (const auto who = std::exchange(leaver_, std::nullopt)) who->done(true);
}

void ownership::pump() {
  if (!has_begun_) return;
  while (auto order = core_.due(line_.now())) issue(std::move(*order));
  const auto next = core_.wake_up(line_.now());
  if (next != moment::max()) wakes_.by(std::max(next, line_.now() + std::chrono::milliseconds(1)));
}

void ownership::issue(node_lease::order what) {
  std::visit(
      [&](auto& request) {
        using kind = std::decay_t<decltype(request)>;
        if constexpr (std::is_same_v<kind, leases::adopt>) {
          line_.ask<leases::adoption>(request,
                                      [this, ticket = what.ticket](std::optional<leases::adoption> answer) {
                                        adopt(core_.settle(ticket, std::move(answer), line_.now()));
                                        pump();
                                      });
        } else if constexpr (std::is_same_v<kind, leases::fence>) {
          const auto whom = std::ranges::find(core_.members(), request.whom, [](const auto& each) {
                              return each.node.epoch;
                            })->node;
          line_.ask<bool>(request, [this, ticket = what.ticket, whom](std::optional<bool> is_fenced) {
            if (is_fenced.value_or(false))
              spdlog::warn("node fenced node={} epoch={}", whom.name, whom.epoch);
            core_.settle(ticket, is_fenced, line_.now());
            pump();
          });
        } else {
          line_.ask<leases::standing>(
              request, [this, ticket = what.ticket](const std::optional<leases::standing>& answer) {
                settle_epoch(core_.settle(ticket, answer, line_.now()));
                if (answer && heard_.renewed) heard_.renewed();
                pump();
              });
        }
      },
      what.what);
}

void ownership::settle_epoch(node_lease::news what) {
  if (what == node_lease::news::joined) {
    spdlog::info("leases joined node={} epoch={}", name_, core_.self()->epoch);
    for (auto& [call_id, which] : calls_) enter(call_id, which);
  } else if (what == node_lease::news::fenced) {
    spdlog::warn("leases lost, this node was fenced node={} calls={}", name_, calls_.size());
    drop_calls();
    line_.later(heard_.fenced);
  }
}

void ownership::adopt(const std::vector<leases::lease>& calls) {
  std::vector<owned_lease> fresh;
  for (const auto& each : calls) {
    if (writer_.is_ending(each.call_id)) continue;
    if (auto* which = known(each.call_id)) {
      learn(each.call_id, *which, {each});
      continue;
    }
    auto& which = insert(each.call_id);
    which.lease.emplace(*core_.self(), core_.permitted(), each);
    which.pass->bind(core_.permitted());
    which.is_named = !each.carrier_call_id.empty();
    which.version = each.version;
    fresh.push_back({.lease = each, .pass = which.pass});
  }
  // Those that come while this node leaves go on to others once it has.
  if (fresh.empty() || leaver_) return;
  count(lease_outcome::adopted, fresh.size());
  line_.later([this, fresh = std::move(fresh)] { heard_.adopted(fresh); });
}

void ownership::drop_calls() {
  for (auto& [call_id, which] : std::exchange(calls_, {})) {
    which.pass->close();
    writer_.forget(call_id);
    if (which.is_over) continue;
    if (which.lease && which.lease->where() == phase::held) count(lease_outcome::lost);
    rule(which, claim_outcome::anothers);
    if (which.taker) line_.later([done = std::move(which.taker->done)] { done(std::nullopt); });
    if (which.giver) line_.later([done = std::move(which.giver)] { done(false); });
  }
}

void ownership::count(lease_outcome what, std::size_t calls) {
  if (measure_ != nullptr) measure_->leases(what).Increment(static_cast<double>(calls));
}

}  // namespace tandem
